import { lstat, mkdir, open, readdir, readlink, rename, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PlumblineError } from "@plumbline/core";
import { isTempOf, removeQuietly, removeStaleTemps, tempPath, thisWriter } from "./atomic-temp.ts";
import { watchError } from "./watch-error.ts";
import { lstatIfThere, syncDirectory, writeFailed } from "./write-file-atomic.ts";

const NEW_DIRECTORY_MODE = 0o755;

/**
 * Replaces a directory whole, as Kubernetes does with its volumes: `path` is a symbolic link, or not there yet. `fill` writes a new directory beside it; all
 * that is in it is synced; the link is swapped by one rename; the directory that it led to is removed, if an earlier call made it. Who reads below the
 * path sees the old tree or the new one at each opening of a file; who reads several files should check that the link still leads where it did.
 *
 * What `fill` rejects with is passed on, and the old directory stands. What a killed process has left is removed by the next call for that path. Calls may
 * overlap: one of them is last. Rejects with `PLB_WATCH_NOT_A_LINK`, `PLB_WATCH_WRITE_FAILED`.
 */
export async function swapDirectoryAtomic(
  path: string,
  fill: (directory: string) => void | PromiseLike<void>,
): Promise<void> {
  const target = resolve(path);
  const filling = await begin(target);
  try {
    await fill(filling);
  } catch (error) {
    await removeQuietly(filling);
    throw error;
  }
  try {
    await finish(target, filling);
  } catch (error) {
    await removeQuietly(filling);
    throw PlumblineError.isInstance(error) ? error : writeFailed(path, error);
  }
}

/** The new directory, empty. */
async function begin(target: string): Promise<string> {
  try {
    const writer = await thisWriter();
    const linked = await linkOf(target);
    await removeStaleTemps(target, writer, linked);
    const filling = tempPath(target, "filling", writer);
    await mkdir(filling, { mode: NEW_DIRECTORY_MODE });
    return filling;
  } catch (error) {
    throw PlumblineError.isInstance(error) ? error : writeFailed(target, error);
  }
}

async function finish(target: string, filling: string): Promise<void> {
  await syncTree(filling);
  const writer = await thisWriter();
  const filled = tempPath(target, "filled", writer);
  const link = tempPath(target, "file", writer);
  await rename(filling, filled);
  let before: string | undefined;
  try {
    await symlink(basename(filled), link, "dir");
    before = await linkOf(target);
    await rename(link, target);
  } catch (error) {
    await removeQuietly(link);
    await removeQuietly(filled);
    throw error;
  }
  await syncDirectory(dirname(target));
  // One that somebody else made and linked is his.
  if (before !== undefined && before !== basename(filled) && isTempOf(target, before, "filled")) {
    await removeQuietly(join(dirname(target), before));
  }
}

/** Where the link leads, as it is written; `undefined` when nothing is there. */
async function linkOf(target: string): Promise<string | undefined> {
  const there = await lstatIfThere(target);
  if (there === undefined) return undefined;
  if (!there.isSymbolicLink()) {
    throw watchError("PLB_WATCH_NOT_A_LINK", {
      message: `${target} is not a symbolic link.`,
      details: { path: target },
    });
  }
  return readlink(target);
}

async function syncTree(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const there = await lstat(path);
    if (there.isDirectory()) await syncTree(path);
    else if (there.isFile()) await syncFile(path);
  }
  await syncDirectory(directory);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
