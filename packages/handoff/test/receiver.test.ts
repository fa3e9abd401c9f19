import { mkdir, readdir, rename, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, createSystemClock } from "@plumbline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { receive } from "../src/index.ts";
import { createScene, filesBelow, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

interface Run extends AsyncDisposable {
  /** What became of manifests' files, in order. */
  readonly kinds: readonly string[];
  /** Rounds that are over. */
  readonly rounds: number;
  /** Lets time pass. */
  pass(ms: number): void;
}

/** A receiver that goes on. */
function run(taken: string): Run {
  const system = createSystemClock();
  let passedMs = 0;
  let rounds = 0;
  const clock: Clock = {
    nowMicros: () => system.nowMicros(),
    monotonicMs: () => system.monotonicMs() + passedMs,
    setTimer: (callback, delayMs) => {
      rounds += 1;
      return system.setTimer(callback, delayMs);
    },
  };
  const kinds: string[] = [];
  const stop = new AbortController();
  const running = (async () => {
    for await (const { kind } of receive({ path: scene.to, to: taken, pollMs: 5 }, stop.signal, clock))
      kinds.push(kind);
  })();
  return {
    kinds,
    get rounds() {
      return rounds;
    },
    pass: (ms) => (passedMs += ms),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Hands a file on that cannot be recorded as taken, which is what a receiver does last. */
async function unrecordable(): Promise<{ readonly taken: string; readonly record: string; readonly manifest: string }> {
  await scene.make("a.txt", "a");
  await scene.once({ source: { after: "delete" } });
  const manifests = join(scene.to, ".plumbline-handoff/manifests");
  const [manifest = ""] = await readdir(manifests);
  const taken = join(scene.base, "taken");
  const record = join(taken, ".plumbline-handoff/taken", manifest.replace(".json", ""));
  await mkdir(join(record, ".."), { recursive: true });
  await symlink(join(scene.base, "no such folder", "record"), record);
  return { taken, record, manifest: join(manifests, manifest) };
}

test("a file that fails when it was taken away already is tried again after a minute, by the same receiver", async () => {
  const { taken, record } = await unrecordable();
  await using receiver = run(taken);
  await expect.poll(() => receiver.kinds).toEqual(["failed"]);
  receiver.pass(60_000);
  await expect.poll(() => receiver.kinds).toEqual(["failed", "failed"]);
  await unlink(record);
  receiver.pass(60_000);
  await expect.poll(() => receiver.kinds).toEqual(["failed", "failed", "taken"]);
  expect(await filesBelow(taken)).toEqual(["a.txt"]);
});

test("a manifest that is gone is forgotten: come again, its file is tried at once", async () => {
  const { taken, manifest } = await unrecordable();
  await using receiver = run(taken);
  await expect.poll(() => receiver.kinds).toEqual(["failed"]);
  const away = join(scene.base, "away");
  await rename(manifest, away);
  const before = receiver.rounds;
  await expect.poll(() => receiver.rounds).toBeGreaterThan(before + 2);
  await rename(away, manifest);
  await expect.poll(() => receiver.kinds).toEqual(["failed", "failed"]);
});
