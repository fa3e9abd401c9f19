import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HandoffManifest, RetryableError } from "@plumbline/core";
import { createSystemError } from "@plumbline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDirectoryDestination, createManifest, readDeliveries } from "../src/index.ts";
import { DeliveryJournal } from "../src/upload/delivery-journal.ts";
import { createScene, type Scene, sha256Of, wrapDestination } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

function manifestOf(name: string): HandoffManifest {
  const facts = { size: name.length, sha256: sha256Of(name), guarantee: "committed", createdMicros: 1e15 } as const;
  return createManifest({ name, ...facts });
}

/** A state folder as an earlier run has left it, that ended while these were being published. */
async function leftOpen(...names: readonly string[]): Promise<void> {
  await mkdir(scene.state, { mode: 0o700 });
  const journal = await DeliveryJournal.open(scene.state);
  for (const name of names)
    await journal.record(`key of ${name}`, { kind: "publishing", manifest: manifestOf(name), verified: "read-back" });
  await journal.close();
}

async function kinds(): Promise<Readonly<Record<string, string>>> {
  const states = await readDeliveries(scene.state);
  return Object.fromEntries(Array.from(states, ([key, { kind }]) => [key.slice("key of ".length), kind]));
}

test("a publish that never arrived is forgotten: nobody looks for it again, and no status tells of it", async () => {
  await leftOpen("absent", "there", "other");
  await mkdir(scene.to);
  await writeFile(join(scene.to, "there"), "there");
  await writeFile(join(scene.to, "other"), "else!");
  await scene.once();
  expect(await kinds()).toEqual({ there: "delivered" });
});

test("one that cannot be looked at stays open, and holds up neither the others nor the start", async () => {
  await leftOpen("hidden", "there", "absent");
  await mkdir(scene.to);
  await writeFile(join(scene.to, "there"), "there");
  await scene.make("new", "new");
  const inner = createDirectoryDestination({ path: scene.to });
  const destination = wrapDestination(inner, {
    inspect: async (name, options) => {
      if (name === "hidden") throw createSystemError("EACCES", "open");
      return inner.inspect(name, options);
    },
  });
  const { counts } = await scene.once({ destination });
  expect(counts).toMatchObject({ delivered: 1 });
  expect(await kinds()).toMatchObject({ hidden: "publishing", there: "delivered" });
  expect(Object.keys(await kinds())).not.toContain("absent");
});

test("a destination that is gone when it is asked is no answer", async () => {
  await leftOpen("absent");
  const inner = createDirectoryDestination({ path: scene.to });
  const destination = wrapDestination(inner, { inspect: () => Promise.reject(new RetryableError("the line is dead")) });
  await expect(scene.once({ destination })).rejects.toThrow("the line is dead");
  expect(await kinds()).toEqual({ absent: "publishing" });
});
