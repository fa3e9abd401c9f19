import { RetryableError } from "@plumbline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDirectoryDestination } from "../src/index.ts";
import { createScene, type Scene, wrapDeliveries, wrapDestination } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

test.each([
  ["that the next try takes away", [], 2],
  ["while the line stays dead: a delivery is tried in between", [new RetryableError("dead"), undefined], 3],
  ["that cannot be taken away: no delivery waits for it", [new Error("no")], 3],
] as const)(
  "what a failed delivery leaves behind goes before the next one begins, %s",
  async (_what, answers, reaps) => {
    for (const name of ["a", "b", "c"]) await scene.make(name, name);
    const inner = createDirectoryDestination({ path: scene.to });
    const steps: string[] = [];
    let failures = 1;
    const broken = wrapDeliveries(inner, (staged) => ({
      write: async (chunk) => {
        if (failures === 1) throw new RetryableError("the line is dead");
        await staged.write(chunk);
      },
      abort: async () => {
        await staged.abort();
        if (failures-- === 1) throw new RetryableError("the line is dead");
      },
    }));
    const planned: (Error | undefined)[] = [undefined, ...answers]; // the first is that of the start
    const destination = wrapDestination(broken, {
      stage: async (request, signal) => {
        steps.push(`stage ${request.name}`);
        return broken.stage(request, signal);
      },
      reap: async (owner) => {
        steps.push("reap");
        const failure = planned.shift();
        if (failure !== undefined) throw failure;
        return inner.reap(owner);
      },
    });
    const { counts } = await scene.once({ destination, uploader: { concurrency: 1, attempts: 1 } });
    expect(counts).toMatchObject({ delivered: 3, aside: 0 });
    expect(steps.slice(0, 3)).toEqual(["reap", expect.stringMatching(/^stage/), "reap"]);
    expect(steps.filter((step) => step === "reap")).toHaveLength(reaps);
  },
);

test("what is taken away to look up a publish is counted, and is not asked for again before the next delivery", async () => {
  for (const name of ["a", "b"]) await scene.make(name, name);
  const inner = createDirectoryDestination({ path: scene.to });
  let failures = 0;
  const broken = wrapDeliveries(inner, (staged) => ({
    publish: async (manifest) => {
      if (failures++ === 0) throw new RetryableError("the line is dead");
      return staged.publish(manifest);
    },
    abort: async () => {
      await staged.abort();
      if (failures === 1 && ++failures === 2) throw new RetryableError("the line is dead");
    },
  }));
  let reaps = 0;
  const destination = wrapDestination(broken, {
    reap: async (owner) => (await inner.reap(owner)) + (++reaps === 2 ? 1 : 0), // what the abort left
  });
  const { counts } = await scene.once({ destination, uploader: { concurrency: 1 } });
  expect(counts).toMatchObject({ delivered: 2, retries: 1, reaped: 1 });
  expect(reaps).toBe(2); // of the start, and of the look
});
