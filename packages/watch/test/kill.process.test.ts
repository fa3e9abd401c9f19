import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@plumbline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { swapDirectoryAtomic, writeFileAtomic } from "../src/index.ts";
import { ROUNDS } from "./watch-oracle.ts";

const CHILD = join(import.meta.dirname, "kill-child.mjs");
const KILLS = ROUNDS + 4;
const SEED = Date.now() % 1_000_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-kill-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function killAtRandom(what: "file" | "directory", path: string, random: () => number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, what, path], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit"); // it may end by itself at any time
  await Promise.race([once(child.stdout, "data"), exit]);
  await sleep(5 + random() * 60);
  child.kill("SIGKILL");
  expect(await exit).toEqual([null, "SIGKILL"]);
}

/** One digit, as often as it was written. */
const isWhole = (text: string): boolean => text.length === 200_000 && text === text.charAt(0).repeat(200_000);

test(
  `of a file that is being replaced, ${KILLS} SIGKILLs leave a whole one, and the next write leaves nothing else`,
  { timeout: KILLS * 20_000 },
  async () => {
    const path = join(folder, "files/config");
    await mkdir(join(folder, "files"));
    await writeFile(path, "0".repeat(200_000));
    const random = createRandom(SEED);
    let left = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await killAtRandom("file", path, random);
      expect(isWhole(readFileSync(path, "utf8")), `seed ${SEED}, kill ${kill}`).toBe(true);
      left += (await readdir(join(folder, "files"))).length - 1;
    }
    await writeFileAtomic(path, "last");
    expect(await readdir(join(folder, "files"))).toEqual(["config"]);
    console.log(`${KILLS} kills left ${left} temporary files at one time or another, seed ${SEED}`);
  },
);

test(
  `of a directory that is being swapped, ${KILLS} SIGKILLs leave a whole one, and the next swap leaves nothing else`,
  { timeout: KILLS * 20_000 },
  async () => {
    const path = join(folder, "linked/rules");
    await mkdir(join(folder, "linked"));
    const random = createRandom(SEED + 1);
    // The first one is not made here: what a living process has made may be waiting for its link, and is left alone for a while.
    await killAtRandom("directory", path, random);
    for (let kill = 0; kill < KILLS; kill++) {
      await killAtRandom("directory", path, random);
      const texts = ["a", "b", "c"].map((name) => readFileSync(join(path, name), "utf8"));
      expect(new Set(texts).size, `seed ${SEED}, kill ${kill}`).toBe(1);
      expect(isWhole(texts[0] ?? "")).toBe(true);
    }
    await swapDirectoryAtomic(path, (into) => writeFile(join(into, "a"), "last"));
    expect(await readdir(join(folder, "linked"))).toHaveLength(2);
  },
);
