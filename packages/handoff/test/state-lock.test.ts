import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lockState } from "../src/upload/state-lock.ts";
import { createScene, type Scene } from "./scene.ts";

const BEAT_MS = 10_000;

let scene: Scene;
let clock: FakeClock;
beforeEach(async () => {
  scene = await createScene();
  clock = createFakeClock();
});
afterEach(async () => {
  vi.useRealTimers();
  await scene[Symbol.asyncDispose]();
});

/** As if another host held it. */
async function takenElsewhere(): Promise<string> {
  await lockState(scene.state, clock);
  const path = join(scene.state, "lock.1");
  const holder = JSON.parse(await readFile(path, "utf8")) as Readonly<Record<string, unknown>>;
  await writeFile(path, JSON.stringify({ ...holder, host: "elsewhere" }));
  return path;
}

test("a sign of life is stamped by the file system, so that a holder whose clock is off is not taken for dead", async () => {
  await lockState(scene.state, clock);
  const path = join(scene.state, "lock.1");
  const before = await readFile(path, "utf8");
  await utimes(path, 1000, 1000);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 }); // this host's clock
  await clock.advance(BEAT_MS + 1);
  vi.useRealTimers();
  await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  expect(await readFile(path, "utf8")).toBe(before);
});

test("a holder on another host is believed for a minute after its last sign of life, and then followed", async () => {
  const path = await takenElsewhere();
  await expect(lockState(scene.state, createFakeClock())).rejects.toMatchObject({ code: "PLB_HANDOFF_JOURNAL_IN_USE" });
  const then = Date.now() / 1000 - 70;
  await utimes(path, then, then);
  const next = await lockState(scene.state, createFakeClock());
  expect(await readFile(join(scene.state, "lock.2"), "utf8")).toContain('"pid"');
  await next.release();
});

test("what was released is free at once, and no beat comes after", async () => {
  const lock = await lockState(scene.state, clock);
  await clock.advance(BEAT_MS + 1);
  await lock.release();
  await clock.advance(BEAT_MS * 3);
  expect(await readFile(join(scene.state, "lock.1"), "utf8")).toBe("released");
  await (await lockState(scene.state, clock)).release();
});
