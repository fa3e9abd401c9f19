import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@plumbline/core";

/** Endings of what is being written, by the custom of those who write it. */
const UNFINISHED = [".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".sealing", ".writing", "~"];

/** Whether a name is that of something unfinished, or hidden. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(".") || UNFINISHED.some((ending) => name.endsWith(ending));
}

/**
 * The files below a folder, by relative names with `/`, as the system lists them: a few at a time, so that a hundred thousand neither fill the memory nor hold
 * the event loop. Symbolic links, hidden and unfinished names are left out, and what vanishes meanwhile.
 */
export async function* walkFiles(root: string, isRecursive: boolean, below = ""): AsyncGenerator<string> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(join(root, below), { bufferSize: 256 })) {
      if (isUnfinishedName(entry.name)) continue;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) yield name;
      else if (entry.isDirectory() && isRecursive) folders.push(name);
    }
  } catch (error) {
    if (below === "" || errorCode(error) !== "ENOENT") throw error;
  }
  for (const folder of folders) yield* walkFiles(root, isRecursive, folder);
}
