import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { swapDirectoryAtomic, writeFileAtomic } from "../src/index.ts";

/** A way to change a file. */
export interface EditWay {
  readonly name: string;
  /** Lays out a folder, and tells which path to watch. Default: a plain file that holds `first`. */
  readonly layOut?: (folder: string, first: string) => string | Promise<string>;
  /** Puts `content` in the place of what is there. May put other whole contents first, which it tells to `also`. */
  readonly edit: (path: string, content: string, also: (content: string) => void) => void | Promise<void>;
  /** The content that stays when all is done. Default: the one given. */
  readonly leaves?: (content: string, before: string) => string;
}

let serial = 0;
const nextName = (stem: string): string => `${stem}.${++serial}`;

function renameOver(path: string, content: string): void {
  const temp = join(dirname(path), nextName(".edit"));
  writeFileSync(temp, content);
  renameSync(temp, path);
}

function relink(link: string, target: string): void {
  const temp = nextName(link);
  symlinkSync(target, temp);
  renameSync(temp, link);
}

/** As Kubernetes lays out a ConfigMap. */
function layOutVolume(folder: string, first: string): string {
  const volume = join(folder, "volume");
  mkdirSync(join(volume, "..v0"), { recursive: true });
  writeFileSync(join(volume, "..v0/config"), first);
  symlinkSync("..v0", join(volume, "..data"));
  symlinkSync("..data/config", join(volume, "config"));
  return join(volume, "config");
}

function swapVolume(path: string, content: string): void {
  const volume = dirname(path);
  const old = readlinkSync(join(volume, "..data"));
  const next = nextName("..v");
  mkdirSync(join(volume, next));
  writeFileSync(join(volume, next, "config"), content);
  relink(join(volume, "..data"), next);
  rmSync(join(volume, old), { recursive: true });
}

/** Every way that the issue list of watchers names. */
export const EDIT_WAYS: readonly EditWay[] = [
  { name: "truncate and write", edit: (path, content) => writeFileSync(path, content) },
  {
    name: "two halves, 30 ms apart",
    async edit(path, content): Promise<void> {
      const middle = Math.floor(content.length / 2);
      writeFileSync(path, content.slice(0, middle));
      await sleep(30);
      appendFileSync(path, content.slice(middle));
    },
  },
  {
    name: "two edits, 20 ms apart",
    async edit(path, content, also): Promise<void> {
      const first = content.replace("content", "instead");
      also(first);
      writeFileSync(path, first);
      await sleep(20);
      writeFileSync(path, content);
    },
  },
  {
    name: "two renames, 20 ms apart",
    async edit(path, content, also): Promise<void> {
      const first = content.replace("content", "instead");
      also(first);
      renameOver(path, first);
      await sleep(20);
      renameOver(path, content);
    },
  },
  { name: "atomic rename", edit: renameOver },
  {
    name: "three atomic renames at once",
    edit(path, content, also): void {
      for (const word of ["instead", "another"]) {
        const other = content.replace("content", word);
        also(other);
        renameOver(path, other);
      }
      renameOver(path, content);
    },
  },
  { name: "writeFileAtomic", edit: (path, content) => writeFileAtomic(path, content) },
  {
    name: "delete and recreate",
    edit(path, content): void {
      unlinkSync(path);
      writeFileSync(path, content);
    },
  },
  {
    name: "delete, and recreate after 120 ms",
    async edit(path, content): Promise<void> {
      unlinkSync(path);
      await sleep(120);
      writeFileSync(path, content);
    },
  },
  { name: "..data swap", layOut: layOutVolume, edit: swapVolume },
  {
    name: "three ..data swaps at once",
    layOut: layOutVolume,
    edit(path, content, also): void {
      for (const word of ["instead", "another"]) {
        const other = content.replace("content", word);
        also(other);
        swapVolume(path, other);
      }
      swapVolume(path, content);
    },
  },
  {
    name: "link retargeted, then the target edited in place",
    layOut(folder, first): string {
      mkdirSync(join(folder, "targets"));
      mkdirSync(join(folder, "links"));
      writeFileSync(join(folder, "targets/t0"), first);
      symlinkSync("../targets/t0", join(folder, "links/config"));
      return join(folder, "links/config");
    },
    async edit(path, content, also): Promise<void> {
      const other = content.replace("content", "instead");
      also(other);
      const target = nextName("t");
      const full = join(dirname(path), "../targets", target);
      writeFileSync(full, other);
      relink(path, `../targets/${target}`);
      await sleep(20);
      writeFileSync(full, content);
    },
  },
  {
    name: "parent directory swapped",
    layOut(folder, first): string {
      mkdirSync(join(folder, "parent"));
      writeFileSync(join(folder, "parent/config"), first);
      return join(folder, "parent/config");
    },
    edit(path, content): void {
      const parent = dirname(path);
      const next = nextName(parent);
      mkdirSync(next);
      writeFileSync(join(next, "config"), content);
      const old = nextName(`${parent}.old`);
      renameSync(parent, old);
      renameSync(next, parent);
      rmSync(old, { recursive: true });
    },
  },
  {
    name: "swapDirectoryAtomic",
    async layOut(folder, first): Promise<string> {
      const linked = join(folder, "linked");
      await swapDirectoryAtomic(linked, (into) => writeFileSync(join(into, "config"), first));
      return join(linked, "config");
    },
    edit: (path, content) => swapDirectoryAtomic(dirname(path), (into) => writeFileSync(join(into, "config"), content)),
  },
  {
    name: "same size, mtime put back",
    edit(path, content): void {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, content);
      utimesSync(path, atime, mtime);
    },
  },
  {
    name: "links in a circle, then led out",
    async edit(path, content): Promise<void> {
      const about = join(dirname(path), "about");
      rmSync(about, { force: true });
      symlinkSync(path, about);
      relink(path, about);
      await sleep(80);
      renameOver(path, content);
    },
  },
  {
    name: "a directory in its place, then a file again",
    async edit(path, content): Promise<void> {
      unlinkSync(path);
      mkdirSync(path);
      await sleep(80);
      rmSync(path, { recursive: true });
      writeFileSync(path, content);
    },
  },
  {
    name: "touch and chmod",
    edit(path): void {
      utimesSync(path, new Date(), new Date());
      chmodSync(path, 0o640 + (++serial % 8));
    },
    leaves: (_content, before) => before,
  },
  {
    name: "the same content, written again",
    edit: (path) => writeFileSync(path, readFileSync(path)),
    leaves: (_content, before) => before,
  },
];

/** Whole contents, all of one size, none twice, and none a prefix of another. */
export function contentOf(index: number, size = 400): string {
  return `content: ${String(index).padStart(8, "0")}\n${"- an item of a list\n".repeat(Math.ceil(size / 20))}end: ${index}\n`;
}
