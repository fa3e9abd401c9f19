import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeFileDriver } from "@plumbline/file";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPoweredDisk, type PoweredDisk } from "../src/disks/powered.ts";
import { createRandom } from "../src/random.ts";

let folder: string;
let trash: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-powered-"));
  trash = join(folder, "trash");
  mkdirSync(trash);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(disk: PoweredDisk, fd: number, text: string, position: number): Promise<void> {
  const bytes = Buffer.from(text);
  return new Promise((resolve, reject) => {
    disk.driver.write(fd, bytes, 0, bytes.length, position, (error) =>
      error === undefined ? resolve() : reject(error),
    );
  });
}

/** Writes `synced`, syncs file and folder, writes `unsynced`; the power goes at the call after that. */
async function runUntilCut(seed: number): Promise<string> {
  const path = join(folder, `${seed}.jsonl`);
  const disk = createPoweredDisk(createNodeFileDriver(), createRandom(seed), 6, trash);
  const fd = await disk.driver.open(path, "create", 0o600);
  await write(disk, fd, "synced\n", 0);
  await disk.driver.sync(fd);
  await disk.driver.syncDirectory(folder);
  await write(disk, fd, "unsynced\n", 7);
  void disk.driver.sync(fd);
  await disk.gone;
  disk.forget();
  return readFileSync(path, "latin1");
}

test("what was synced stays; of what was not, chance decides, and may leave NULs", async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) seen.add(await runUntilCut(seed));
  for (const text of seen) expect(text).toMatch(/^synced\n[unsyced\n\0]*$/);
  expect([...seen].some((text) => text.length < 16)).toBe(true);
  expect([...seen].some((text) => text.includes("\0"))).toBe(true);
});

test("names that were not synced are taken back, the latest first", async () => {
  const lists = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const place = join(folder, String(seed));
    mkdirSync(place);
    const disk = createPoweredDisk(createNodeFileDriver(), createRandom(seed), 5, trash);
    await disk.driver.open(join(place, "a"), "create", 0o600);
    await disk.driver.syncDirectory(place);
    await disk.driver.rename(join(place, "a"), join(place, "b"));
    await disk.driver.open(join(place, "c"), "create", 0o600);
    void disk.driver.syncDirectory(place);
    await disk.gone;
    disk.forget();
    lists.add(readdirSync(place).join());
  }
  expect([...lists].toSorted()).toEqual(["a", "b", "b,c"]);
});

test("calls that come after never return, and the synchronous ones throw", async () => {
  const disk = createPoweredDisk(createNodeFileDriver(), createRandom(1), 1, trash);
  let returned = false;
  void disk.driver.open(join(folder, "a"), "create", 0o600).then(() => {
    returned = true;
  });
  await disk.gone;
  expect(() => disk.driver.renameSync("a", "b")).toThrow("power");
  await new Promise((resolve) => setImmediate(resolve));
  expect(returned).toBe(false);
});
