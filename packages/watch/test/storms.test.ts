import {
  closeSync,
  futimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { countResources, expectNoLeak } from "@plumbline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentOf } from "./file-edits.ts";
import { describeVerdict, ROUNDS, WatchOracle } from "./watch-oracle.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-storm-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("storms", () => {
  test(
    "of 20,000 events while the event loop is blocked, so that the queue of events overflows, lose not the last content",
    { timeout: ROUNDS * 30_000 },
    async () => {
      const path = join(folder, "config");
      writeFileSync(path, contentOf(0));
      const oracle = new WatchOracle({ files: [path] });
      oracle.allow(contentOf(0));
      await oracle.watcher.start();
      for (let round = 1; round <= ROUNDS; round++) {
        const descriptor = openSync(path, "r+");
        // Two events each, in turns, since the kernel merges like ones that follow each other.
        for (let write = 0; write < 10_000; write++) {
          futimesSync(descriptor, write, write);
          writeSync(descriptor, "half", 0);
        }
        closeSync(descriptor);
        const content = contentOf(round);
        oracle.allow(content);
        writeFileSync(path, content);
        await oracle.checkpoint(content, performance.now());
      }
      console.log(describeVerdict("storm with the loop blocked", oracle.verdict));
      expect(oracle.verdict).toMatchObject({ stale: 0, repeated: 0, torn: 0, generations: ROUNDS + 1 });
      await oracle.watcher.close();
    },
  );

  test("of events about other files in the same directory are no reason to look", async () => {
    const busy = join(folder, "busy");
    mkdirSync(busy);
    const path = join(busy, "config");
    writeFileSync(path, contentOf(0));
    const oracle = new WatchOracle({ files: [path] });
    oracle.allow(contentOf(0));
    await oracle.watcher.start();
    await oracle.watcher.check();
    const before = oracle.watcher.state().counts;
    for (let file = 0; file < 300; file++) writeFileSync(join(busy, `other-${file % 50}`), "x");
    await sleep(20);
    expect(oracle.watcher.state().counts.hints).toBe(before.hints);
    await oracle.watcher.close();
  });
});

/** Descriptors of this process; the one of the listing itself is always among them. */
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

describe("handles", () => {
  const reloads = ROUNDS > 10 ? 1000 : 150;

  test.runIf(process.platform === "linux")(
    `neither grow over ${reloads} generations, of files and of swapped directories, nor stay after close`,
    { timeout: 120_000 },
    async () => {
      const before = await countResources();
      const parent = join(folder, "parent");
      mkdirSync(parent);
      const path = join(parent, "config");
      writeFileSync(path, contentOf(0));
      const descriptors: number[] = [];
      const oracle = new WatchOracle({ files: [path], settleMs: 2, maxSettleMs: 100 });
      oracle.allow(contentOf(0));
      await oracle.watcher.start();
      const { watches } = oracle.watcher.state().counts;
      for (let round = 1; round <= reloads; round++) {
        const content = contentOf(round);
        oracle.allow(content);
        const next = join(folder, `parent.${round}`);
        mkdirSync(next);
        writeFileSync(join(next, "config"), content);
        renameSync(parent, join(folder, `old.${round}`));
        renameSync(next, parent);
        await oracle.checkpoint(content, performance.now());
        rmSync(join(folder, `old.${round}`), { recursive: true });
        if (round === 20 || round === reloads) {
          await oracle.watcher.check();
          descriptors.push(openDescriptors());
          expect(oracle.watcher.state().counts.watches).toBe(watches);
        }
      }
      expect(oracle.verdict).toMatchObject({ stale: 0, repeated: 0, torn: 0 });
      const [early = 0, late = 0] = descriptors;
      expect(late).toBeLessThanOrEqual(early + 2);
      await oracle.watcher.close();
      await expectNoLeak(before, "a closed watch");
    },
  );
});
