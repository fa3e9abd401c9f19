import { posix } from "node:path";
import { manifestFileName, manifestId, parseDeliveryName } from "@plumbline/handoff";
import { PlumblineError } from "@plumbline/core";
import { readFarText } from "./far-digest.ts";
import { type FarSetting, inspectFar, lookAt, removeFar, writeFarDurably } from "./far-files.ts";
import { statusOf } from "./sftp-error.ts";

/** What a record in the staging folder ends with: it says that what stands under a final name is not whole, or not known to be. */
export const LINEAR_ENDING = ".linear";

/** Says that what stands under a name is being written; made when the file is, and empty until then. */
export async function writeLinearRecord(setting: FarSetting, record: string, name: string): Promise<void> {
  await writeFarDurably({ ...setting, mode: 0o600 }, record, record, JSON.stringify(name));
}

/**
 * Settles what a crash or a lost connection has left under a final name. It is whole if a manifest is made of just its name and content (which is there before the
 * last byte is), and, where there are markers, its marker stands beside it. Then it stays; else it is removed. The record goes last.
 */
export async function settleLinear(setting: FarSetting, record: string, markerEnding: string): Promise<void> {
  const { session, places } = setting;
  const name = await recordedName(setting, record);
  if (name !== undefined && !(await isWhole(setting, name, markerEnding))) {
    await removeFar(session, posix.join(places.root, name));
  }
  await removeFar(session, record);
}

/** The records of one owner that name a file. */
export async function recordsOf(setting: FarSetting, owner: string, name: string): Promise<readonly string[]> {
  const { session, places } = setting;
  const found: string[] = [];
  for (const fileName of await session.list(places.staging)) {
    if (!fileName.startsWith(`${owner}.`) || !fileName.endsWith(LINEAR_ENDING)) continue;
    const record = posix.join(places.staging, fileName);
    if ((await recordedName(setting, record)) === name) found.push(record);
  }
  return found;
}

async function recordedName({ session }: FarSetting, record: string): Promise<string | undefined> {
  try {
    const name: unknown = JSON.parse(await readFarText(session, record));
    if (typeof name !== "string") return undefined;
    parseDeliveryName(name);
    return name;
  } catch (error) {
    if (error instanceof SyntaxError || statusOf(error) !== undefined) return undefined;
    if (PlumblineError.isInstance(error)) return undefined; // not a name that was ever staged
    throw error;
  }
}

async function isWhole(setting: FarSetting, name: string, markerEnding: string): Promise<boolean> {
  const { session, places } = setting;
  const there = await inspectFar(session, places.root, name, true);
  if (there?.sha256 === undefined) return false;
  const manifest = posix.join(places.manifests, manifestFileName(manifestId(name, there.sha256)));
  if ((await lookAt(session, manifest)) === undefined) return false;
  return markerEnding === "" || (await lookAt(session, posix.join(places.root, name + markerEnding))) !== undefined;
}
