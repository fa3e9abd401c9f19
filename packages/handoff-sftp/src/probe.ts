import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { PlumblineError } from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import { lookAt, makeFarFolder, openNewFar, removeFar, syncFar } from "./far-files.ts";
import type { FarAbilities, FarPlaces } from "./far-side.ts";
import { probeNames, removeOldProbes } from "./old-probes.ts";
import { OP_UNSUPPORTED, statusOf } from "./sftp-error.ts";
import type { SftpOptions } from "./sftp-options.ts";
import type { FarHandle, SftpSession } from "./sftp-session.ts";

const LONG_AGO_SECONDS = 1_000_000_000;
const CLOCK_TOLERANCE_MS = 1000;

/** Makes the folders that are missing; what is staged is for nobody else, what is published and told of for whom `mode` lets in. Rejects with `PLB_HANDOFF_LACKS`. */
export async function makeFarPlaces(session: SftpSession, places: FarPlaces, mode: number): Promise<void> {
  const { root, control, staging, manifests } = places;
  for (const path of [root, control, staging, manifests]) {
    try {
      await makeFarFolder(session, path, path === staging ? 0o700 : mode);
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
      throw lacks(`the folder ${path} cannot be had`, error);
    }
  }
}

/**
 * Tries out what publishing needs, with empty files of its own, from the staging folder into the destination's. Rejects with `PLB_HANDOFF_LACKS` and what is
 * missing. A refusal is an answer; a lost connection is none, and rejects as such: what stays then is removed by a start that comes to its end an hour later.
 */
export async function probeFar(
  session: SftpSession,
  places: FarPlaces,
  { publish, minFreeBytes }: Pick<SftpOptions, "publish" | "minFreeBytes">,
  nowMs: () => number,
): Promise<FarAbilities> {
  const { note, probes, target } = probeNames(places, randomBytes(8).toString("hex"));
  const [first, second, third] = probes;
  const missing: string[] = [];
  try {
    await session.close(await openProbe(session, note));
    const handle = await openProbe(session, first);
    const farNowMs = (await session.fstat(handle)).mtime * 1000;
    const clockAheadMs = farNowMs - nowMs();
    const syncs = await can(() => session.fsync(handle), "fsync@openssh.com", missing);
    const stampsItself = await stamps(session, handle);
    await session.close(handle);
    await session.close(await openProbe(session, second));
    const links = await canLink(session, first, second, target, missing);
    const renames = await canRename(session, first, second, target, missing);
    if (!renames && !(await can(() => session.rename(first, third), "rename", missing))) {
      throw lacks(`it lacks ${missing.join(", ")}, and no manifest can be put in its place whole`);
    }
    const some = { syncs, syncsFolders: syncs, renames, links, stampsItself };
    const syncsFolders = syncs && (await can(() => syncFar(session, places.root, { ...some, ...NONE }), "", []));
    const freeBytes = await freeFar(session, places.staging);
    if (freeBytes === undefined && minFreeBytes > 0) missing.push("statvfs@openssh.com (or set minFreeBytes to 0)");
    if (publish === "atomic") expectEnough({ syncs, links, renames, freeBytes, minFreeBytes }, missing);
    await removeOldProbes(session, places, farNowMs);
    const isNear = Math.abs(clockAheadMs) < CLOCK_TOLERANCE_MS + 1000; // SFTP tells whole seconds
    return { ...some, syncsFolders, freeBytes, clockAheadMs: isNear ? 0 : clockAheadMs };
  } finally {
    if (session.isOpen) for (const path of [...probes, target, note]) await removeFar(session, path);
  }
}

const NONE = { freeBytes: undefined, clockAheadMs: 0 } as const;

/** Bytes that may still be written there; `undefined` where the server does not tell. */
export async function freeFar(session: SftpSession, path: string): Promise<number | undefined> {
  try {
    const bytes = await session.freeBytes(path);
    return Number.isFinite(bytes) ? bytes : undefined;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return undefined; // then only a write itself can tell
  }
}

/** `PLB_HANDOFF_LACKS`. */
export function lacks(what: string, cause?: unknown): Error {
  return handoffError("PLB_HANDOFF_LACKS", {
    message: `The SFTP server cannot be used: ${what}.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

interface Enough {
  readonly syncs: boolean;
  readonly links: boolean;
  readonly renames: boolean;
  readonly freeBytes: number | undefined;
  readonly minFreeBytes: number;
}

function expectEnough({ syncs, links, renames, freeBytes, minFreeBytes }: Enough, missing: readonly string[]): void {
  const isTold = freeBytes !== undefined || minFreeBytes === 0;
  if (!syncs || (!links && !renames) || !isTold) throw lacks(`it lacks ${missing.join(", ")}`);
  if (freeBytes !== undefined && freeBytes < minFreeBytes) {
    throw lacks(`${freeBytes} bytes are free, and ${minFreeBytes} must be`);
  }
}

async function openProbe(session: SftpSession, path: string): Promise<FarHandle> {
  let handle: FarHandle | undefined;
  try {
    handle = await openNewFar(session, path, 0o600);
  } catch (error) {
    if (!PlumblineError.isInstance(error) || statusOf(error) === undefined) throw error;
    const { what, status } = error.details;
    throw lacks(`files cannot be made in ${posix.dirname(path)} (${String(what)}: status ${String(status)})`, error);
  }
  if (handle === undefined) throw lacks(`${path} is there already`);
  return handle;
}

async function stamps(session: SftpSession, handle: FarHandle): Promise<boolean> {
  try {
    await session.setAttributes(handle, { atime: LONG_AGO_SECONDS, mtime: LONG_AGO_SECONDS });
    await session.setAttributes(handle, { size: 0 });
    return (await session.fstat(handle)).mtime !== LONG_AGO_SECONDS;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return false;
  }
}

/** A link must be made, and a second of the same name must be refused. */
async function canLink(
  session: SftpSession,
  first: string,
  second: string,
  target: string,
  missing: string[],
): Promise<boolean> {
  if (!(await can(() => session.hardlink(first, target), "hardlink@openssh.com", missing))) return false;
  if (!(await can(() => session.hardlink(second, target), "", []))) return true;
  missing.push("hardlink@openssh.com that refuses a name that is taken");
  return false;
}

/** A rename into the destination, and one over what stands there. */
async function canRename(
  session: SftpSession,
  first: string,
  second: string,
  target: string,
  missing: string[],
): Promise<boolean> {
  const what = "posix-rename@openssh.com";
  if (!(await can(() => session.posixRename(second, target), what, missing))) return false;
  if (!(await can(() => session.posixRename(first, target), `${what} over what stands there`, missing))) return false;
  const isMoved = (await lookAt(session, target)) !== undefined;
  if (!isMoved) missing.push(`${what} that moves`);
  return isMoved;
}

/** Whether a step is answered with OK; names it among what is missing if it is not. */
async function can(step: () => Promise<unknown>, name: string, missing: string[]): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    const isOffered = status !== OP_UNSUPPORTED;
    missing.push(isOffered ? `${name} from the control folder (is it another file system?)` : name);
    return false;
  }
}
