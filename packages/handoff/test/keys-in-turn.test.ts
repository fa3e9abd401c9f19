import { type Pickup, type PickupItem, RetryableError } from "@plumbline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDirectoryDestination, readDeliveries } from "../src/index.ts";
import { createScene, type Scene, wrapDestination } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

test.each([
  ["replace", 4, false],
  ["never", 4, false],
  ["never", 1, true],
] as const)(
  "what is given out again while it is under way waits for that, and is settled (overwrite: %s, slots: %i, a first try that fails: %s)",
  async (overwrite, concurrency, isRetried) => {
    const settled: string[] = [];
    const item = (which: string): PickupItem => ({
      key: "key",
      name: "a.bin",
      guarantee: "committed",
      evidence: [],
      size: 3,
      async *read() {
        yield Buffer.from("abc");
      },
      recheck: () => Promise.resolve(),
      settle: async () => void settled.push(which),
    });
    let givenOut = (): void => undefined;
    const given = new Promise<void>((resolve) => (givenOut = resolve));
    const pickup: Pickup = {
      async *items() {
        for (const which of ["first", "again", "again"]) yield item(which);
        givenOut();
      },
      close: () => undefined,
    };
    const inner = createDirectoryDestination({ path: scene.to });
    let stages = 0;
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        stages += 1;
        if (isRetried && stages === 1) throw new RetryableError("the line is dead");
        await given; // until then the first is under way
        return inner.stage(request, signal);
      },
    });
    const { counts } = await scene.once({ pickup, destination, uploader: { overwrite, concurrency } });
    expect(stages).toBe(isRetried ? 2 : 1);
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(settled).toEqual(["first", "again", "again"]);
    expect((await readDeliveries(scene.state)).get("key")).toMatchObject({ kind: "delivered" });
  },
);
