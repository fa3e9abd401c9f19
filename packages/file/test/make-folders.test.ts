import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolders } from "../src/make-folders.ts";
import { createNodeFileDriver } from "../src/node-file-driver.ts";
import { temporaryDirectory } from "./scene.ts";

const driver = createNodeFileDriver();
const makeDirectory = (path: string, mode: number): Promise<void> => driver.makeDirectory(path, mode);

const refuse = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

test("folders are made down to the last, each with the mode, and may be there already", async () => {
  const path = join(temporaryDirectory(), "a", "b", "c");
  await makeDirectory(path, 0o700);
  await makeDirectory(path, 0o700);
  expect([path, join(path, ".."), join(path, "..", "..")].map((folder) => statSync(folder).mode & 0o777)).toEqual([
    0o700, 0o700, 0o700,
  ]);
});

test("the entry of each folder that is made is brought onto the device, and of no other", async () => {
  const top = temporaryDirectory();
  const synced: string[] = [];
  const sync = (path: string): Promise<void> => {
    synced.push(path);
    return path === top ? refuse("EACCES") : Promise.resolve();
  };
  await makeFolders(join(top, "a", "b"), 0o700, sync);
  await makeFolders(join(top, "a", "b", "c"), 0o700, sync);
  expect(synced).toEqual([top, join(top, "a"), join(top, "a", "b")]);
});

test.each(["EIO", "ENOSPC"])(
  "a folder whose entry is not brought onto the device (%s) is an error, and not left",
  async (code) => {
    const top = temporaryDirectory();
    await expect(makeFolders(join(top, "a"), 0o700, () => refuse(code))).rejects.toMatchObject({ code });
    expect(existsSync(join(top, "a"))).toBe(false);
  },
);

test("many who make the same folder at once all succeed", async () => {
  const path = join(temporaryDirectory(), "a", "b");
  await Promise.all(Array.from({ length: 8 }, () => makeDirectory(path, 0o700)));
  expect(statSync(path).isDirectory()).toBe(true);
});

test("a file in the way is the system's error", async () => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  await expect(makeDirectory(join(file, "x"), 0o700)).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeDirectory(file, 0o700)).rejects.toMatchObject({ code: "EEXIST" });
});

test.runIf(existsSync("/proc/self"))(
  "a place where no folder can be made is an error, not a wait for ever",
  async () => {
    await expect(makeDirectory("/proc/nowhere/deep", 0o700)).rejects.toMatchObject({ code: "ENOENT" });
  },
);
