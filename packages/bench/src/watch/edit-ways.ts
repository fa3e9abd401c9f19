import {
  appendFileSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { versionText } from "./versioned-file.ts";

/** A way to put the versions up to one into a file; the file's name is `config.yaml` in all of them. */
export interface EditWay {
  readonly name: string;
  /** Makes what stands before the first edit, and gives the path to watch. */
  readonly layOut: (folder: string) => string;
  /** The last version that it writes is `version`; one more, below it, may be written before. */
  readonly edit: (path: string, version: number) => void | Promise<void>;
}

const FILE = "config.yaml";

function plain(folder: string): string {
  const path = join(folder, FILE);
  writeFileSync(path, versionText(0));
  return path;
}

function below(folder: string, ...between: readonly string[]): string {
  mkdirSync(join(folder, ...between), { recursive: true });
  return plain(join(folder, ...between));
}

function rename(path: string, version: number): void {
  writeFileSync(`${path}.new`, versionText(version));
  renameSync(`${path}.new`, path);
}

function pointTo(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** The faults that watchers are known to miss, and the plain edits beside them. */
export const WAYS: readonly EditWay[] = [
  { name: "written in place", layOut: plain, edit: (path, version) => writeFileSync(path, versionText(version)) },
  {
    name: "three renames",
    layOut: plain,
    edit: (path, version) => [version - 2, version - 1, version].forEach((each) => rename(path, each)),
  },
  {
    name: "halves 30 ms apart",
    layOut: plain,
    async edit(path, version): Promise<void> {
      const text = versionText(version);
      writeFileSync(path, text.slice(0, 400));
      await sleep(30);
      appendFileSync(path, text.slice(400));
    },
  },
  {
    name: "two edits 20 ms apart",
    layOut: plain,
    async edit(path, version): Promise<void> {
      writeFileSync(path, versionText(version - 1));
      await sleep(20);
      writeFileSync(path, versionText(version));
    },
  },
  {
    name: "two renames 20 ms apart",
    layOut: plain,
    async edit(path, version): Promise<void> {
      rename(path, version - 1);
      await sleep(20);
      rename(path, version);
    },
  },
  {
    name: "deleted and made again",
    layOut: plain,
    edit(path, version): void {
      unlinkSync(path);
      writeFileSync(path, versionText(version));
    },
  },
  {
    name: "..data swapped",
    layOut(folder): string {
      below(folder, "..v0");
      symlinkSync("..v0", join(folder, "..data"));
      symlinkSync(`..data/${FILE}`, join(folder, FILE));
      return join(folder, FILE);
    },
    edit(path, version): void {
      const folder = dirname(path);
      const before = readlinkSync(join(folder, "..data"));
      mkdirSync(join(folder, `..v${version}`));
      writeFileSync(join(folder, `..v${version}`, FILE), versionText(version));
      pointTo(join(folder, "..data"), `..v${version}`);
      rmSync(join(folder, before), { recursive: true });
    },
  },
  {
    name: "link, then its target",
    layOut(folder): string {
      below(folder, "targets", "0");
      mkdirSync(join(folder, "watched"));
      symlinkSync(`../targets/0/${FILE}`, join(folder, "watched", FILE));
      return join(folder, "watched", FILE);
    },
    async edit(path, version): Promise<void> {
      const target = join(dirname(path), "../targets", String(version), FILE);
      mkdirSync(dirname(target));
      writeFileSync(target, versionText(version - 1));
      pointTo(path, `../targets/${version}/${FILE}`);
      await sleep(20);
      writeFileSync(target, versionText(version));
    },
  },
  {
    name: "directory swapped",
    layOut: (folder) => below(folder, "parent"),
    edit(path, version): void {
      const parent = dirname(path);
      below(parent, "..", `next${version}`);
      writeFileSync(join(parent, "..", `next${version}`, basename(path)), versionText(version));
      renameSync(parent, join(parent, "..", `old${version}`));
      renameSync(join(parent, "..", `next${version}`), parent);
    },
  },
  {
    name: "same size, mtime kept",
    layOut: plain,
    edit(path, version): void {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, versionText(version));
      utimesSync(path, atime, mtime);
    },
  },
];
