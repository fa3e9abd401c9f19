import type { Stats } from "node:fs";
import { lstat, open, readlink, realpath, rename, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, PlumblineError } from "@plumbline/core";
import { removeQuietly, removeStaleTemps, tempPath, thisWriter, type Writer } from "./atomic-temp.ts";
import { watchError } from "./watch-error.ts";

/** Options of {@link writeFileAtomic}. */
export interface WriteFileAtomicOptions {
  /** Permission bits. Default: those of the file that is there, else 0600. */
  readonly mode?: number;
}

const NEW_FILE_MODE = 0o600;
const MAX_LINKS = 40;
/** A temporary file is taken away only by a writer that cannot see that its owner lives: that it happens twice is no accident. */
const MAX_TRIES = 3;

/**
 * Replaces a file whole. Who reads the path sees the old content or the new one, at any moment, whatever becomes of this process; when this resolves, the
 * new one survives a power cut. A symbolic link is followed: the file that it leads to is replaced, the link stays.
 *
 * Mode and owner of the file that is there are kept, as far as this user may (the owner takes privileges); its hard links, access control lists and
 * extended attributes are not: the file is a new one. The new content stands beside it first, under a name that begins with a dot; one that a killed
 * process has left is removed by the next write of that path. Calls for the same path may overlap: one of them is last.
 *
 * Rejects with `PLB_WATCH_WRITE_FAILED`, `PLB_WATCH_NOT_REGULAR`, `PLB_WATCH_LINK_LOOP`; the old content stands then.
 * Source: rename(2), and fsync(2) on why the directory is synced too.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  try {
    const target = await endOfLinks(resolve(path));
    const writer = await thisWriter();
    await removeStaleTemps(target, writer);
    for (let tries = 1; ; tries++) {
      const takenAway = await replaceFile(target, content, options, writer);
      if (takenAway === undefined) return;
      if (tries === MAX_TRIES) throw writeFailed(path, takenAway);
    }
  } catch (error) {
    if (PlumblineError.isInstance(error)) throw error;
    throw writeFailed(path, error);
  }
}

/** `PLB_WATCH_WRITE_FAILED` for a path, with its cause. */
export function writeFailed(path: string, cause: unknown): PlumblineError {
  const message = `${path} could not be replaced: ${errorCode(cause)}.`;
  return watchError("PLB_WATCH_WRITE_FAILED", { message, cause, details: { path } });
}

/** Makes what the directory lists survive a power cut; where the system cannot sync a directory, its own order has to do. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EISDIR", "EPERM", "EBADF"].includes(errorCode(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** Status of what is there, links not followed; `undefined` when nothing is. */
export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The error, when somebody took the temporary file away, or the directory. */
async function replaceFile(
  target: string,
  content: string | Uint8Array,
  options: WriteFileAtomicOptions,
  writer: Writer,
): Promise<unknown> {
  const before = await lstatIfThere(target);
  if (before !== undefined && !before.isFile()) {
    throw watchError("PLB_WATCH_NOT_REGULAR", {
      message: `${target} is not a regular file.`,
      details: { path: target },
    });
  }
  const temp = tempPath(target, "file", writer);
  try {
    const handle = await open(temp, "wx", NEW_FILE_MODE);
    try {
      await handle.writeFile(content);
      if (before !== undefined) await keepOwner(handle, before);
      // After the owner: a change of owner clears bits.
      await handle.chmod(options.mode ?? (before === undefined ? NEW_FILE_MODE : before.mode & 0o7777));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temp, target);
  } catch (error) {
    await removeQuietly(temp);
    if (errorCode(error) === "ENOENT") return error;
    throw error;
  }
  await syncDirectory(dirname(target));
  return undefined;
}

async function keepOwner(handle: FileHandle, before: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid === before.uid && gid === before.gid) return;
  if (await mayChown(handle, before.uid, before.gid)) return;
  // Only a privileged process gives files away, but each may give to the groups that it is in.
  await mayChown(handle, uid, before.gid);
}

async function mayChown(handle: FileHandle, uid: number, gid: number): Promise<boolean> {
  try {
    await handle.chown(uid, gid);
    return true;
  } catch (error) {
    if (errorCode(error) === "EPERM" || errorCode(error) === "EINVAL") return false;
    throw error;
  }
}

/** Where a path leads, also when nothing is there yet. */
async function endOfLinks(path: string): Promise<string> {
  let current = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    // `..` in a link starts from the real directory that the link is in.
    const directory = await realpath(dirname(current));
    current = join(directory, basename(current));
    try {
      current = resolve(directory, await readlink(current));
    } catch (error) {
      const code = errorCode(error);
      if (code === "EINVAL" || code === "ENOENT" || code === "UNKNOWN") return current;
      throw error;
    }
  }
  throw watchError("PLB_WATCH_LINK_LOOP", {
    message: `The symbolic links of ${path} lead round in a circle.`,
    details: { path },
  });
}
