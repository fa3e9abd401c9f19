import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempPath, thisWriter } from "../src/atomic-temp.ts";
import { swapDirectoryAtomic, writeFileAtomic } from "../src/index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "plumbline-atomic-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

describe("writeFileAtomic", () => {
  test("makes a file that only its user may read, and leaves nothing else", async () => {
    const path = join(directory, "a.yaml");
    await writeFileAtomic(path, "a: 1\n");
    expect(await readFile(path, "utf8")).toBe("a: 1\n");
    expect(await modeOf(path)).toBe(0o600);
    expect(await readdir(directory)).toEqual(["a.yaml"]);
  });

  test("keeps the mode of the file that is there, but for one that is asked for, and is another file", async () => {
    const path = join(directory, "a.yaml");
    await writeFile(path, "old");
    await chmod(path, 0o6754);
    const before = await stat(path);
    await writeFileAtomic(path, Buffer.from("new"));
    expect(await modeOf(path)).toBe(0o6754);
    expect((await stat(path)).ino).not.toBe(before.ino);
    await writeFileAtomic(path, "newer", { mode: 0o640 });
    expect(await modeOf(path)).toBe(0o640);
  });

  test.runIf(process.getuid?.() === 0)("keeps the owner", async () => {
    const path = join(directory, "a.yaml");
    await writeFile(path, "old");
    await chown(path, 1234, 4321);
    await writeFileAtomic(path, "new");
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  test("replaces the file that a link leads to, through links of directories and dots, and keeps the link", async () => {
    await mkdir(join(directory, "real/deep"), { recursive: true });
    await symlink("real/deep", join(directory, "short"));
    await symlink("../a.yaml", join(directory, "real/deep/link"));
    await symlink("short/link", join(directory, "config"));
    await writeFileAtomic(join(directory, "config"), "one");
    expect(await readFile(join(directory, "real/a.yaml"), "utf8")).toBe("one");
    await writeFileAtomic(join(directory, "config"), "two");
    expect(await readFile(join(directory, "real/a.yaml"), "utf8")).toBe("two");
    expect(await readlink(join(directory, "config"))).toBe("short/link");
  });

  test("refuses a directory, a link that leads round in a circle, and a directory that is not there", async () => {
    await symlink("round", join(directory, "about"));
    await symlink("about", join(directory, "round"));
    await expect(writeFileAtomic(directory, "x")).rejects.toMatchObject({ code: "PLB_WATCH_NOT_REGULAR" });
    await expect(writeFileAtomic(join(directory, "round"), "x")).rejects.toMatchObject({ code: "PLB_WATCH_LINK_LOOP" });
    const nowhere = writeFileAtomic(join(directory, "no/where"), "x");
    await expect(nowhere).rejects.toMatchObject({ code: "PLB_WATCH_WRITE_FAILED", cause: { code: "ENOENT" } });
    expect((await readdir(directory)).sort()).toEqual(["about", "round"]);
  });

  test("breaks a hard link instead of writing through it", async () => {
    await writeFile(join(directory, "a"), "old");
    await link(join(directory, "a"), join(directory, "b"));
    await writeFileAtomic(join(directory, "a"), "new");
    expect(await readFile(join(directory, "b"), "utf8")).toBe("old");
  });

  test("of calls that overlap one is last, whole, and nothing is left", async () => {
    const path = join(directory, "a");
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    expect(contents).toContain(await readFile(path, "utf8"));
    expect(await readdir(directory)).toEqual(["a"]);
  });

  test("removes what a dead writer left beside this path, and nothing that lives, is young and foreign, or is another's", async () => {
    const path = join(directory, "a");
    const self = await thisWriter();
    const dead = tempPath(path, "file", { ...self, pid: 2 ** 22 + 1 });
    const reborn = tempPath(path, "file", { ...self, start: "1" });
    const living = tempPath(path, "file", self);
    const foreign = tempPath(path, "file", { ...self, place: "0123456789ab" });
    const other = tempPath(join(directory, "b"), "file", { ...self, pid: 2 ** 22 + 1 });
    for (const temp of [dead, reborn, living, foreign, other]) await writeFile(temp, "half");
    await writeFileAtomic(path, "whole");
    const left = await readdir(directory);
    expect(left.map((name) => join(directory, name)).sort()).toEqual([path, foreign, living, other].sort());
  });

  test("a name of 255 bytes is written too, and two long ones are kept apart", async () => {
    const names = ["x", "y"].map((end) => "n".repeat(254) + end);
    for (const name of names) await writeFileAtomic(join(directory, name), name);
    for (const name of names) expect(await readFile(join(directory, name), "utf8")).toBe(name);
    expect(await readdir(directory)).toHaveLength(2);
  });
});

describe("swapDirectoryAtomic", () => {
  const fill =
    (content: string) =>
    async (into: string): Promise<void> => {
      await mkdir(join(into, "sub"));
      await writeFile(join(into, "sub/a"), content);
    };

  test("links a new directory, and removes the one before", async () => {
    const path = join(directory, "rules");
    await swapDirectoryAtomic(path, fill("one"));
    await swapDirectoryAtomic(path, fill("two"));
    expect(await readFile(join(path, "sub/a"), "utf8")).toBe("two");
    const names = await readdir(directory);
    expect(names).toHaveLength(2);
    expect(names).toContain(await readlink(path));
  });

  test("passes on what fill rejects with, leaves the old directory, and nothing else", async () => {
    const path = join(directory, "rules");
    await swapDirectoryAtomic(path, fill("one"));
    const before = await readdir(directory);
    const failed = swapDirectoryAtomic(path, async (into) => {
      await writeFile(join(into, "half"), "");
      throw new Error("no more");
    });
    await expect(failed).rejects.toThrow("no more");
    expect(await readdir(directory)).toEqual(before);
    expect(await readFile(join(path, "sub/a"), "utf8")).toBe("one");
  });

  test("refuses a real directory and a file, before anything is filled", async () => {
    await mkdir(join(directory, "real"));
    await writeFile(join(directory, "file"), "");
    for (const name of ["real", "file"]) {
      const refused = swapDirectoryAtomic(join(directory, name), () => Promise.reject(new Error("was filled")));
      await expect(refused).rejects.toMatchObject({ code: "PLB_WATCH_NOT_A_LINK" });
    }
    expect((await readdir(directory)).sort()).toEqual(["file", "real"]);
  });

  test("a directory that somebody else linked stays", async () => {
    await mkdir(join(directory, "mine"));
    await symlink("mine", join(directory, "rules"));
    await swapDirectoryAtomic(join(directory, "rules"), fill("one"));
    expect(await readdir(directory)).toContain("mine");
    expect(await readFile(join(directory, "rules/sub/a"), "utf8")).toBe("one");
  });

  test("of calls that overlap one is last, and what the others made is gone after the next", async () => {
    const path = join(directory, "rules");
    await Promise.all(Array.from({ length: 8 }, (_, index) => swapDirectoryAtomic(path, fill(String(index)))));
    expect(Number(await readFile(join(path, "sub/a"), "utf8"))).toBeLessThan(8);
    const self = await thisWriter();
    const dead = tempPath(path, "filling", { ...self, pid: 2 ** 22 + 1 });
    await mkdir(dead);
    await utimes(dead, 0, 0);
    await swapDirectoryAtomic(path, fill("last"));
    expect(await readdir(directory)).not.toContain(dead);
    expect(await readFile(join(path, "sub/a"), "utf8")).toBe("last");
  });
});
