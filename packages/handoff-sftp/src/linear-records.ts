import { posix } from "node:path";
import { manifestFileName, manifestId, parseDeliveryName } from "@plumbline/handoff";
import { PlumblineError } from "@plumbline/core";
import { clearUp, type SftpDeliverySettings, toSpaceError } from "./delivery-settings.ts";
import { readFarText } from "./far-digest.ts";
import { type FarSetting, inspectFar, lookAt, removeFar, syncFar, writeFarDurably } from "./far-files.ts";
import { statusOf } from "./sftp-error.ts";
import type { FarHandle } from "./sftp-session.ts";

/** What a record in the staging folder ends with: it says that what stands under a final name is not whole, or not known to be. */
export const LINEAR_ENDING = ".linear";

/** What a record tells of. */
interface LinearRecord {
  readonly name: string;
  /** Bytes of the whole; `null` where nobody has said. */
  readonly size: number | null;
}

/**
 * Says that what stands under a name is being written, as soon as the file is made and open: it is empty until then. Where that fails, the file is taken
 * away, as nobody would know whose it is.
 */
export async function writeLinearRecord(
  settings: SftpDeliverySettings,
  record: string,
  path: string,
  handle: FarHandle,
): Promise<void> {
  const { session, request } = settings;
  const told: LinearRecord = { name: request.name, size: request.size ?? null };
  try {
    await writeFarDurably({ ...settings, mode: 0o600 }, record, record, JSON.stringify(told));
  } catch (error) {
    // Closed first: some servers remove nothing that is open. The error that led here says more than one of these.
    const clearing = clearUp(
      () => session.close(handle),
      () => removeFar(session, path),
    );
    await Promise.allSettled([clearing]);
    throw await toSpaceError(error, settings);
  }
}

/**
 * Settles what a crash or a lost connection has left under a final name. It is whole if it has the size that it was to have, a manifest is made of just
 * its name and content (which is there before the last byte is), and, where there are markers, its marker stands beside it. Then it stays; else it is removed. The
 * record goes last.
 */
export async function settleLinear(setting: FarSetting, record: string, markerEnding: string): Promise<void> {
  const { session, places } = setting;
  const told = await readRecord(setting, record);
  if (told !== undefined && !(await isWhole(setting, told, markerEnding))) {
    await removeFar(session, posix.join(places.root, told.name));
  }
  await removeFar(session, record);
}

/** The records that one owner has left of a name: none of those that `isUnderWay` tells of. */
export async function recordsOf(
  setting: FarSetting,
  owner: string,
  name: string,
  isUnderWay: (record: string) => boolean,
): Promise<readonly string[]> {
  const { session, places } = setting;
  const found: string[] = [];
  for (const fileName of await session.list(places.staging)) {
    if (!fileName.startsWith(`${owner}.`) || !fileName.endsWith(LINEAR_ENDING)) continue;
    const record = posix.join(places.staging, fileName);
    if (isUnderWay(record)) continue;
    if ((await readRecord(setting, record))?.name === name) found.push(record);
  }
  return found;
}

/**
 * Whether nothing stands at `path`. Then no marker stands there either: one that was left when its file was taken away would mark the next from its first byte on, and is
 * removed before there is one.
 */
export async function clearMarker({ session, abilities }: FarSetting, path: string, ending: string): Promise<boolean> {
  if ((await lookAt(session, path)) !== undefined) return false;
  if (ending !== "" && (await removeFar(session, path + ending)))
    await syncFar(session, posix.dirname(path), abilities);
  return true;
}

async function readRecord({ session }: FarSetting, record: string): Promise<LinearRecord | undefined> {
  try {
    const { name, size } = (JSON.parse(await readFarText(session, record)) ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== "string") return undefined;
    parseDeliveryName(name);
    return { name, size: typeof size === "number" ? size : null };
  } catch (error) {
    if (error instanceof SyntaxError || statusOf(error) !== undefined) return undefined;
    if (PlumblineError.isInstance(error)) return undefined; // not a name that was ever staged
    throw error;
  }
}

async function isWhole(setting: FarSetting, { name, size }: LinearRecord, markerEnding: string): Promise<boolean> {
  const { session, places } = setting;
  // By its digest alone the beginning of a file could pass for an earlier one of the same name.
  if (size !== null && (await inspectFar(session, places.root, name, false))?.size !== size) return false;
  const there = await inspectFar(session, places.root, name, true);
  if (there?.sha256 === undefined || (size !== null && there.size !== size)) return false;
  const manifest = posix.join(places.manifests, manifestFileName(manifestId(name, there.sha256)));
  if ((await lookAt(session, manifest)) === undefined) return false;
  return (
    markerEnding === "" || (await lookAt(session, posix.join(places.root, name + markerEnding)))?.isFile() === true
  );
}
