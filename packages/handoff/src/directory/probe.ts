import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readdir, rename, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { removeIfThere, syncFolder } from "./durable-files.ts";

/** Where a directory destination keeps what. */
export interface DirectoryPlaces {
  readonly root: string;
  readonly control: string;
  readonly staging: string;
  readonly manifests: string;
}

/** What was found out by trying. */
export interface DirectoryFindings {
  readonly hasLinks: boolean;
  readonly hasRename: boolean;
  /** How far the file system's clock is ahead of ours, in milliseconds; 0 within a second. */
  readonly clockAheadMs: number;
}

const CLOCK_TOLERANCE_MS = 1000;
const PROBE_STALE_MS = 60_000;

export function placesOf(root: string, control: string): DirectoryPlaces {
  return { root, control, staging: join(control, "staging"), manifests: join(control, "manifests") };
}

/** Makes the folders that are missing; what is staged is for nobody else, what is published and told of for whoever may read it. Rejects with `PLB_HANDOFF_LACKS`. */
export async function makePlaces(places: DirectoryPlaces, mode: number): Promise<void> {
  const { root, control, staging, manifests } = places;
  for (const path of [root, control, staging, manifests]) {
    try {
      await mkdir(path, { mode: 0o700 });
      if (path !== staging) await chmod(path, mode); // whatever the process's mask is
      await syncFolder(dirname(path));
    } catch (error) {
      if (errorCode(error) !== "EEXIST" || !(await stat(path)).isDirectory()) {
        throw lacks(`the folder ${path} cannot be had (${errorCode(error)})`, error);
      }
    }
  }
}

/**
 * Tries out what publishing needs, with files of its own: to write and sync, to rename over, to link without clobbering, all from the staging folder into the
 * destination's. Those that stand in the destination for a moment are empty and begin with a dot.
 */
export async function probe(places: DirectoryPlaces): Promise<DirectoryFindings> {
  const { root, staging } = places;
  const tag = randomBytes(8).toString("hex");
  const first = join(staging, `.probe-${tag}-1`);
  const second = join(staging, `.probe-${tag}-2`);
  const target = join(root, `.plumbline-probe-${tag}`);
  try {
    // Side by side, for each waits for the disk; and all to their end, for what is made late is not cleared up.
    const tried = await Promise.allSettled([
      touch(first),
      touch(second),
      ...[root, staging, places.manifests].map(syncFolder),
    ]);
    for (const each of tried) if (each.status === "rejected") throw each.reason;
    const { mtimeMs } = await stat(first);
    await removeStaleProbes(places, mtimeMs);
    const clockAheadMs = aheadOf(mtimeMs);
    const hasLinks = await triesLink(first, target);
    const hasRename = await tries(() => rename(second, target));
    return { hasLinks, hasRename, clockAheadMs };
  } catch (error) {
    throw lacks(`files cannot be written and synced there (${errorCode(error)})`, error);
  } finally {
    for (const path of [target, second, first]) await tries(() => removeIfThere(path));
  }
}

/** Bytes that may still be written below a path; `undefined` where the system does not tell. */
export async function freeBytesAt(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return undefined; // then only the write itself can tell
  }
}

/** `PLB_HANDOFF_LACKS`. */
export function lacks(what: string, cause?: unknown): Error {
  return handoffError("PLB_HANDOFF_LACKS", {
    message: `The destination cannot be used: ${what}.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

async function touch(path: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a process that was killed in the middle of its probe has left. The first file is removed last: it tells of the one in the destination. */
async function removeStaleProbes({ root, staging }: DirectoryPlaces, nowMs: number): Promise<void> {
  for (const name of await readdir(staging)) {
    const tag = /^\.probe-([0-9a-f]{16})-[12]$/.exec(name)?.[1];
    if (tag === undefined || !(await isStale(join(staging, name), nowMs))) continue;
    await removeIfThere(join(root, `.plumbline-probe-${tag}`));
    await removeIfThere(join(staging, name));
  }
}

async function isStale(path: string, nowMs: number): Promise<boolean> {
  try {
    return nowMs - (await stat(path)).mtimeMs > PROBE_STALE_MS;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** A link must be made, and the second of the same name must be refused. */
async function triesLink(from: string, to: string): Promise<boolean> {
  if (!(await tries(() => link(from, to)))) return false;
  try {
    await link(from, to);
    return false;
  } catch (error) {
    return errorCode(error) === "EEXIST";
  }
}

async function tries(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch {
    return false; // what cannot be done is what is asked
  }
}

function aheadOf(theirMs: number): number {
  const aheadMs = theirMs - Date.now();
  return Math.abs(aheadMs) < CLOCK_TOLERANCE_MS ? 0 : aheadMs;
}
