import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";

/** Makes what a directory lists survive a power cut. Rejects where the system cannot. Source: fsync(2). */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file; resolves with whether there was one. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** What a file ends with that {@link writeDurably} is writing. */
export const DURABLE_TEMP = ".tmp";

/** Writes a file whole and durable, in one step, over what was there. `tempPrefix` begins the path of a file on the same file system. */
export async function writeDurably(path: string, text: string, tempPrefix: string, mode: number): Promise<void> {
  const temp = `${tempPrefix}.${randomBytes(8).toString("hex")}${DURABLE_TEMP}`;
  const handle = await open(temp, "wx", 0o600);
  try {
    try {
      await handle.chmod(mode); // whatever the process's mask is
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temp, path);
  } catch (error) {
    await removeIfThere(temp);
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Makes the folders between `root` and a file, and sees that none is a symbolic link that leads elsewhere. A path that is watched over by somebody hostile to
 * the user who runs this is out of reach without openat2(2), which Node does not have.
 */
export async function makeFolders(root: string, parts: readonly string[], mode: number): Promise<string> {
  let path = root;
  for (const part of parts) {
    const parent = path;
    path = join(path, part);
    try {
      await mkdir(path, { mode });
      await chmod(path, mode); // whatever the process's mask is
      await syncFolder(parent);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if (!(await lstat(path)).isDirectory()) {
        throw handoffError("PLB_HANDOFF_NAME_UNSUITABLE", { message: `${path} stands in the way: it is no folder.` });
      }
    }
  }
  return path;
}

/** Opens a regular file to read, links not followed; `undefined` where nothing of the kind is there. */
export async function openRegular(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(error))) return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}
