import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import { contentOf, EDIT_WAYS } from "./file-edits.ts";
import { writeVerdicts } from "./verdict-page.ts";
import { describeVerdict, ROUNDS, WatchOracle } from "./watch-oracle.ts";

/** 10,000 in the long run. */
const EDITS = Math.min(10_000, ROUNDS * 100);
const SEED = Number(process.env["PLUMBLINE_WATCH_SEED"] ?? Date.now() % 1_000_000);
const EDITS_PER_CHECKPOINT = 20;
const WRITERS = 3;
const REST_EVERY_MS = 400;
const REST_MS = 150;

/** Those that put a whole content at the path in one go, whoever else writes there at the time. */
const WHOLE_WAYS = new Set(["atomic rename", "writeFileAtomic"]);
/** Those that any one writer may use in any order on one plain file. */
const PLAIN_WAYS = EDIT_WAYS.filter(({ layOut, leaves }) => layOut === undefined && leaves === undefined);

test(
  `${EDITS} random edits by ${WRITERS} writers at once, in every way to write, with quiet checkpoints`,
  { timeout: 60_000 + EDITS * 100 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "plumbline-random-"));
    const parent = join(folder, "parent");
    mkdirSync(parent);
    const path = join(parent, "config");
    const random = createRandom(SEED);
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
    const oracle = new WatchOracle({ files: [path] });
    const made = { edits: 0 };
    const fresh = (): string => {
      const content = contentOf(++made.edits, 100 + Math.floor(random() * 8000));
      oracle.allow(content);
      return content;
    };
    writeFileSync(path, fresh());
    await oracle.watcher.start();

    /** Several writers, whose edits are whole each and come in any order. */
    const crowd = async (): Promise<void> => {
      const whole = PLAIN_WAYS.filter(({ name }) => WHOLE_WAYS.has(name));
      const writers = Array.from({ length: WRITERS }, async () => {
        for (let edit = 0; edit < EDITS_PER_CHECKPOINT / WRITERS; edit++) {
          await pick(whole).edit(path, fresh(), (other) => oracle.allow(other));
          if (random() < 0.3) await sleep(random() * 60);
        }
      });
      await Promise.all(writers);
    };
    /**
     * One writer that writes in every way, also such as leave half a file for a moment. He rests now and then: who never does is read as he stands after
     * maxSettleMs, and nobody could know that he stands halfway.
     */
    const solo = async (): Promise<void> => {
      let restedMs = performance.now();
      for (let edit = 0; edit < EDITS_PER_CHECKPOINT; edit++) {
        if (performance.now() - restedMs > REST_EVERY_MS) {
          await sleep(REST_MS);
          restedMs = performance.now();
        }
        if (random() < 0.1) {
          const next = join(folder, `next.${made.edits}`);
          mkdirSync(next);
          writeFileSync(join(next, "config"), fresh());
          renameSync(parent, `${next}.old`);
          renameSync(next, parent);
          rmSync(`${next}.old`, { recursive: true });
        } else {
          await pick(PLAIN_WAYS).edit(path, fresh(), (other) => oracle.allow(other));
        }
        if (random() < 0.3) await sleep(random() * 80);
      }
    };
    while (made.edits < EDITS) {
      await (random() < 0.5 ? crowd() : solo());
      await oracle.checkpoint(readFileSync(path, "utf8"), performance.now());
    }
    await oracle.quiet(readFileSync(path, "utf8"), 300);
    await oracle.watcher.close();
    await rm(folder, { recursive: true, force: true });
    const name = `${made.edits} random edits, seed ${SEED}`;
    console.log(describeVerdict(name, oracle.verdict));
    writeVerdicts("random", [[name, oracle.verdict]]);
    expect({ seed: SEED, ...oracle.verdict }).toMatchObject({ stale: 0, repeated: 0, torn: 0 });
  },
);
