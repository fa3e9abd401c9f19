import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { Judge } from "../src/stability/judge.ts";
import type { WriterScan } from "../src/stability/open-writers.ts";
import { WriterLooks } from "../src/stability/writer-looks.ts";

const nobody: WriterScan = { writersOf: () => [], blindUsers: new Set() };

let clock: FakeClock;
let begun: number[];
let scan: WriterLooks;
beforeEach(() => {
  clock = createFakeClock();
  begun = [];
  scan = new WriterLooks(clock, async () => {
    begun.push(clock.monotonicMs());
    return nobody;
  });
});

describe("a look through the processes", () => {
  test("that was begun ahead is not waited for, and not begun again", async () => {
    const sinceMs = clock.monotonicMs();
    await clock.advance(1000);
    scan.prepare(40);
    scan.prepare(40);
    await clock.advance(40);
    expect(await scan.since(sinceMs)).toBe(nobody);
    expect(begun).toEqual([sinceMs + 1000]);
  });

  test("is begun ahead where the last one would be too old by then, though it is not yet", async () => {
    await scan.since(clock.monotonicMs());
    const [firstMs = 0] = begun;
    await clock.advance(60);
    scan.prepare(40);
    expect(begun).toHaveLength(1);
    await clock.advance(10);
    scan.prepare(40);
    await clock.advance(40);
    await scan.since(firstMs);
    expect(begun).toEqual([firstMs, firstMs + 70]);
  });

  test("holds for a tenth of a second", async () => {
    const sinceMs = clock.monotonicMs();
    await scan.since(sinceMs);
    await clock.advance(100);
    await scan.since(sinceMs);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    await scan.since(sinceMs);
    expect(begun).toHaveLength(2);
  });

  test("says nothing of a file that was seen after it was begun: who writes it may have come since", async () => {
    await scan.since(clock.monotonicMs());
    await clock.advance(10);
    await scan.since(clock.monotonicMs());
    expect(begun).toHaveLength(2);
  });

  test("that fails is told to who asks, and takes down nobody else", async () => {
    const failing = new WriterLooks(clock, async () => Promise.reject(new Error("no such luck")));
    failing.prepare(0);
    await clock.advance(0);
    await expect(failing.since(0)).rejects.toThrow("no such luck");
  });

  test("is begun the earlier the longer the last one took, within bounds", async () => {
    const slow = new WriterLooks(clock, async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 60));
      return nobody;
    });
    const looked = slow.since(0);
    await clock.advance(60);
    await looked;
    expect(slow.leadMs).toBe(75);
  });

  test("a file that settles sooner than a look is old is judged by a look of its own", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plumbline-scan-"));
    try {
      const judge = new Judge({ commit: "none", commitEnding: "", require: "no-writer", settleMs: 20 }, clock);
      await scan.since(0);
      await clock.advance(10);
      const path = join(folder, "late.bin");
      await writeFile(path, "x");
      await judge.judge(path, (sinceMs) => scan.since(sinceMs));
      await clock.advance(20);
      expect((await judge.judge(path, (sinceMs) => scan.since(sinceMs))).kind).toBe("ready");
      expect(begun).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
