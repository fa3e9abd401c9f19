import { constants, createReadStream, createWriteStream } from "node:fs";
import { link, lstat, mkdir, open, readdir, realpath, stat, utimes } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Clock, errorCode } from "@plumbline/core";
import { digestFile } from "../digest-file.ts";
import { removeIfThere, syncFolder } from "../directory/durable-files.ts";
import { handoffError } from "../handoff-error.ts";
import { type FileIdentity, identityAt } from "../stability/identity.ts";
import { isUnfinishedName } from "../stability/unfinished-name.ts";

/** Whether two paths with something under each hold the same. */
type Comparison = (there: string, here: string) => Promise<boolean>;

/**
 * Sees that what is put into an archive is not picked up from there again. Rejects with `PLB_HANDOFF_OPTIONS_INVALID`; links on the way are followed, so that two names of
 * one folder are found.
 */
export async function expectArchiveApart(archive: string, folder: string, isRecursive: boolean): Promise<void> {
  const below = relative(await realPathOf(folder), await realPathOf(archive));
  const parts = below === "" ? [] : below.split(sep);
  // Elsewhere, or below where nobody looks.
  if (parts[0] === ".." || parts.some(isUnfinishedName) || (parts.length > 0 && !isRecursive)) return;
  throw withinSource(archive);
}

/** Puts a file into an archive by a link. Resolves with where it is, and whether it was put there now. */
export async function linkIntoArchive(
  path: string,
  target: string,
): Promise<{ readonly place: string; readonly isNew: boolean }> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  return linkBeside(path, target, isSameFile);
}

/** Whether a file was put into an archive by a link, and still stands there. */
export async function isInArchive(target: string, { dev, ino }: Pick<FileIdentity, "dev" | "ino">): Promise<boolean> {
  for (let copy = 0; ; copy++) {
    const found = await identityAt(copy === 0 ? target : `${target}.${copy}`);
    if (found === undefined) return false;
    if (found.dev === dev && found.ino === ino) return true;
  }
}

/** Puts a file into an archive compressed, with its times. Safe to repeat; `isStill` tells whether what was read is what was meant, and where not, nothing is put there. */
export async function compressIntoArchive(
  path: string,
  target: string,
  isStill: () => Promise<boolean>,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const temp = `${target}.tmp`;
  await removeIfThere(temp);
  try {
    await pipeline(
      createReadStream(path),
      createGzip(),
      createWriteStream(temp, { flags: "wx", mode: 0o600, flush: true }),
    );
    const { atime, mtime } = await stat(path);
    await utimes(temp, atime, mtime);
    if (await isStill()) await linkBeside(temp, target, isSameContent);
  } finally {
    await removeIfThere(temp);
  }
}

/** Removes what was put into the archive longer ago than this, by the time of its inode, which no link or copied time sets back; resolves with how many files it were. */
export async function sweepArchive(archive: string, keepForMs: number, clock: Clock): Promise<number> {
  const oldestMs = clock.nowMicros() / 1000 - keepForMs;
  let count = 0;
  for (const name of await namesBelow(archive)) {
    const path = join(archive, name);
    const stats = await lstat(path);
    if (stats.isFile() && stats.ctimeMs < oldestMs && (await removeIfThere(path))) count += 1;
  }
  return count;
}

/** A second file of the same name is kept beside the first; one that is the same was put there before a crash. */
async function linkBeside(
  path: string,
  target: string,
  isSame: Comparison,
): Promise<{ readonly place: string; readonly isNew: boolean }> {
  // One entry of one folder is no second one, by whatever path it is named: to remove it would be to lose the file.
  if (basename(path) === basename(target) && (await isSameFile(dirname(path), dirname(target)))) {
    throw withinSource(dirname(target));
  }
  for (let copy = 0; ; copy++) {
    const place = copy === 0 ? target : `${target}.${copy}`;
    let isNew = true;
    try {
      await link(path, place);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if (!(await isSame(place, path))) continue;
      isNew = false;
    }
    await syncFolder(dirname(place));
    return { place, isNew };
  }
}

async function isSameFile(there: string, here: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(there, { bigint: true }), stat(here, { bigint: true })]);
  return first.ino === second.ino && first.dev === second.dev;
}

async function isSameContent(there: string, here: string): Promise<boolean> {
  const [first, second] = await Promise.all([lstat(there), lstat(here)]);
  if (!first.isFile() || first.size !== second.size || first.mtimeMs !== second.mtimeMs) return false;
  return (await digestOf(there)) === (await digestOf(here));
}

async function digestOf(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return (await digestFile(handle)).sha256;
  } finally {
    await handle.close();
  }
}

/** With a path's links followed as far as it exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

async function namesBelow(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function withinSource(archive: string): Error {
  return handoffError("PLB_HANDOFF_OPTIONS_INVALID", {
    message: `The archive ${archive} is within what is picked up: what is put there would be picked up again. Name a folder elsewhere, or one that is hidden.`,
    details: { archive },
  });
}
