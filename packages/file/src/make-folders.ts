import * as promises from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./system-error.ts";

/** The folder may not be read, or its file system syncs none. */
const CANNOT_BE_SYNCED: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EINVAL", "ENOTSUP"]);

/** Brings a folder's entries onto the device. */
type SyncFolder = (path: string) => Promise<void>;

/**
 * Makes a folder and those above it where they are missing. Not by `recursive`: that never returns where the system says ENOENT
 * for a folder whose parent is there, as in /proc (seen with Node 20.20).
 */
export async function makeFolders(path: string, mode: number, syncFolder: SyncFolder): Promise<void> {
  try {
    await makeFolder(path, mode, syncFolder);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) !== "ENOENT" || parent === path) throw error;
    await makeFolders(parent, mode, syncFolder);
    await makeFolder(path, mode, syncFolder);
  }
}

async function makeFolder(path: string, mode: number, syncFolder: SyncFolder): Promise<void> {
  try {
    await promises.mkdir(path, { mode });
  } catch (error) {
    if (systemCode(error) !== "EEXIST" || !(await promises.stat(path)).isDirectory()) throw error;
    return;
  }
  // A power cut must not take the folder with all that is synced in it.
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    if (CANNOT_BE_SYNCED.has(systemCode(error))) return;
    // Who tries again would find it made, and not sync it.
    await Promise.allSettled([promises.rmdir(path)]);
    throw error;
  }
}
