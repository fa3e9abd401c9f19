import { posix } from "node:path";
import { type DestinationEntry, type HandoffManifest, PlumblineError } from "@plumbline/core";
import { formatManifest, handoffError, manifestFileName, parseDeliveryName, parseManifest } from "@plumbline/handoff";
import type { Stats } from "ssh2";
import { digestFar, readFarText } from "./far-digest.ts";
import type { FarAbilities, FarPlaces } from "./far-side.ts";
import { FAILURE, NO_SUCH_FILE, refusal, statusOf } from "./sftp-error.ts";
import { type FarHandle, OPEN, type SftpSession } from "./sftp-session.ts";

/** What stands under a path, links not followed; `undefined` where nothing does. */
export async function lookAt(session: SftpSession, path: string): Promise<Stats | undefined> {
  try {
    return await session.lstat(path);
  } catch (error) {
    if (statusOf(error) === NO_SUCH_FILE) return undefined;
    throw error;
  }
}

/** Removes a file; resolves with whether there was one. */
export async function removeFar(session: SftpSession, path: string): Promise<boolean> {
  try {
    await session.unlink(path);
    return true;
  } catch (error) {
    if (statusOf(error) === NO_SUCH_FILE) return false;
    throw error;
  }
}

/** Opens a file that is not there yet; `undefined` where something is. */
export async function openNewFar(session: SftpSession, path: string, mode: number): Promise<FarHandle | undefined> {
  let handle: FarHandle;
  try {
    handle = await session.open(path, OPEN.read | OPEN.write | OPEN.create | OPEN.exclusive, mode);
  } catch (error) {
    if (statusOf(error) === undefined || (await lookAt(session, path)) === undefined) throw error;
    return undefined; // SFTP has no status of its own for it
  }
  try {
    await session.setAttributes(handle, { mode }); // whatever the server's mask is
    return handle;
  } catch (error) {
    if (session.isOpen) {
      await session.close(handle);
      await removeFar(session, path);
    }
    throw error;
  }
}

/** Makes what a folder lists survive a power cut, where the server can: it opens the folder as a file, which OpenSSH's lets. */
export async function syncFar(session: SftpSession, path: string, { syncsFolders }: FarAbilities): Promise<void> {
  if (!syncsFolders) return;
  const handle = await session.open(path, OPEN.read);
  try {
    await session.fsync(handle);
  } finally {
    await session.close(handle);
  }
}

/** Makes the folders between `root` and a file, and sees that none is a symbolic link that leads elsewhere. */
export async function makeFarFolders(
  session: SftpSession,
  root: string,
  parts: readonly string[],
  mode: number,
  abilities: FarAbilities,
): Promise<string> {
  let path = root;
  for (const part of parts) {
    const parent = path;
    path = posix.join(path, part);
    const there = await lookAt(session, path);
    if (there?.isDirectory() === true) continue;
    if (there !== undefined) {
      throw handoffError("PLB_HANDOFF_NAME_UNSUITABLE", { message: `${path} stands in the way: it is no folder.` });
    }
    if (await makeFarFolder(session, path, mode)) await syncFar(session, parent, abilities);
  }
  return path;
}

/** Makes one folder; resolves with whether it was missing. */
export async function makeFarFolder(session: SftpSession, path: string, mode: number): Promise<boolean> {
  try {
    await session.mkdir(path, mode);
    return true;
  } catch (error) {
    if (statusOf(error) === undefined || (await lookAt(session, path))?.isDirectory() !== true) throw error;
    return false;
  }
}

/** Where a small file goes, and what the server can do. */
export interface FarSetting {
  readonly session: SftpSession;
  readonly places: FarPlaces;
  readonly abilities: FarAbilities;
  readonly mode: number;
}

/** What a small file is called until it is whole: beside the delivery that it belongs to, whose leftovers `reap` finds. */
export const TEMP_ENDING = ".tmp";

/** Writes a file whole, and durable where the server can, over what was there. `ref` is the delivery that it belongs to. */
export async function writeFarDurably(setting: FarSetting, ref: string, path: string, text: string): Promise<void> {
  const { session, abilities, mode } = setting;
  const temp = ref + TEMP_ENDING;
  const handle = await openNewFar(session, temp, mode);
  if (handle === undefined) throw refusal("create", temp, FAILURE);
  try {
    try {
      for (let at = 0, bytes = Buffer.from(text); at < bytes.length; at += session.writeBytes) {
        await session.write(handle, bytes.subarray(at, at + session.writeBytes), at);
      }
      if (abilities.syncs) await session.fsync(handle);
    } finally {
      await session.close(handle);
    }
    await moveOver(session, temp, path, abilities);
  } catch (error) {
    if (session.isOpen) await removeFar(session, temp);
    throw error;
  }
  await syncFar(session, posix.dirname(path), abilities);
}

/** Makes a manifest durable; resolves with what takes it back, if it was not there before. */
export async function keepFarManifest(
  setting: FarSetting,
  ref: string,
  manifest: HandoffManifest,
): Promise<() => Promise<void>> {
  const { session, places } = setting;
  const path = posix.join(places.manifests, manifestFileName(manifest.id));
  const before = await lookAt(session, path);
  await writeFarDurably(setting, ref, path, formatManifest(manifest));
  return async () => {
    if (before === undefined) await removeFar(session, path);
  };
}

/** The manifests over there. What is none is left out; where their folder is not there, nothing was handed on yet. */
export async function* readFarManifests(session: SftpSession, folder: string): AsyncGenerator<HandoffManifest> {
  for (const fileName of await listIfThere(session, folder)) {
    if (!/^[0-9a-f]{32}\.json$/.test(fileName)) continue;
    let manifest: HandoffManifest;
    try {
      manifest = parseManifest(await readFarText(session, posix.join(folder, fileName)));
    } catch (error) {
      if (statusOf(error) !== NO_SUCH_FILE && !isNoManifest(error)) throw error;
      continue;
    }
    if (manifestFileName(manifest.id) === fileName) yield manifest;
  }
}

async function listIfThere(session: SftpSession, folder: string): Promise<readonly string[]> {
  try {
    return await session.list(folder);
  } catch (error) {
    if (statusOf(error) === NO_SUCH_FILE) return [];
    throw error;
  }
}

/** What stands under a final name. */
export async function inspectFar(
  session: SftpSession,
  root: string,
  name: string,
  hash: boolean,
): Promise<DestinationEntry | undefined> {
  const path = posix.join(root, ...parseDeliveryName(name));
  const there = await lookAt(session, path);
  if (there?.isFile() !== true) return undefined;
  const modifiedMs = there.mtime * 1000;
  if (!hash) return { name, size: there.size, sha256: undefined, modifiedMs };
  const handle = await session.open(path, OPEN.read);
  try {
    return { name, ...(await digestFar(session, handle)), modifiedMs };
  } finally {
    await session.close(handle);
  }
}

function isNoManifest(error: unknown): boolean {
  return PlumblineError.isInstance(error) && error.code.startsWith("PLB_HANDOFF_");
}

/** Over what stands there: in one step where the server can, else with a moment in which nothing does. */
async function moveOver(session: SftpSession, from: string, to: string, { renames }: FarAbilities): Promise<void> {
  if (renames) return session.posixRename(from, to);
  try {
    await session.rename(from, to);
  } catch (error) {
    if (statusOf(error) === undefined || !(await removeFar(session, to))) throw error;
    await session.rename(from, to);
  }
}
