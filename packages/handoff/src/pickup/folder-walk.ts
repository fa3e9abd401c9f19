import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@plumbline/core";
import { isUnfinishedName } from "../stability/unfinished-name.ts";
import { unreadableName } from "../unreadable-name.ts";

/** Options of a walk. */
export interface WalkOptions {
  /** Begins in this folder, relative to the root. */
  readonly below?: string;
  /** Is told of folders below the root that cannot be listed, which then are left out. Where nobody is told, the walk ends with the error. */
  readonly onTrouble?: (path: string, error: unknown) => void;
}

/**
 * The files below a folder, by relative names with `/`, as the system lists them: a few at a time, so that a hundred thousand neither fill the memory nor hold
 * the event loop. Symbolic links, hidden and unfinished names are left out, and what vanishes meanwhile.
 */
export async function* walkFiles(
  root: string,
  isRecursive: boolean,
  { below = "", onTrouble }: WalkOptions = {},
): AsyncGenerator<string> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(join(root, below), { bufferSize: 256 })) {
      if (isUnfinishedName(entry.name)) continue;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) yield name;
      else if (entry.isDirectory() && isRecursive) folders.push(name);
    }
  } catch (error) {
    const isGone = errorCode(error) === "ENOENT" && unreadableName(below) === undefined;
    if (below === "" || (!isGone && onTrouble === undefined)) throw error;
    if (!isGone) onTrouble?.(join(root, below), unreadableName(below) ?? error);
  }
  for (const folder of folders) {
    yield* walkFiles(root, isRecursive, { below: folder, ...(onTrouble === undefined ? {} : { onTrouble }) });
  }
}
