import { lstat, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type DeliveryRequest, errorCode, PlumblineError } from "@plumbline/core";
import { parseDeliveryName } from "../delivery-name.ts";
import { manifestFileName, manifestId } from "../manifest.ts";
import { inspectFile } from "./directory-files.ts";
import { identityAt } from "../stability/identity.ts";
import { openRegular, removeIfThere, syncFolder } from "./durable-files.ts";
import type { DirectoryPlaces } from "./probe.ts";

/** What a record tells of: the name that a file is under, how long it is to be, and the file itself, which nothing else under that name is. */
interface LinearRecord {
  readonly name: string;
  /** Bytes; `null` where nobody has said. */
  readonly size: number | null;
  readonly dev: string;
  readonly ino: string;
}

/** Says, durably, that the file just made at `path` under its final name is not whole. */
export async function writeLinearRecord(
  record: string,
  { name, size }: Pick<DeliveryRequest, "name" | "size">,
  path: string,
): Promise<void> {
  const { dev, ino } = await lstat(path, { bigint: true });
  const handle = await open(record, "wx", 0o600);
  try {
    const told: LinearRecord = { name, size: size ?? null, dev: String(dev), ino: String(ino) };
    await handle.writeFile(JSON.stringify(told));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Settles what a crash or a failure has left under a final name. It is whole if it has the size that it was to have, a manifest is made of just its name and
 * content (which is there before the last byte is), and, where there are markers, its marker stands beside it: then it stays. Else it is removed, if it still is
 * the file that the record tells of. The record goes last. Where it may not stay, since it is not durable, it is removed however whole it looks. Resolves with whether there was one.
 */
export async function settleLinear(
  places: DirectoryPlaces,
  record: string,
  markerEnding: string,
  mayStay = true,
): Promise<boolean> {
  const told = await readRecord(record);
  if (told !== undefined) {
    const path = join(places.root, ...parseDeliveryName(told.name));
    const goes = (await isStill(path, told)) && !(mayStay && (await isWhole(places, told, markerEnding)));
    if (goes) await removeIfThere(path);
  }
  return removeIfThere(record);
}

/** `undefined` where there is none, or half of one: then nothing was written to its file yet. */
async function readRecord(record: string): Promise<LinearRecord | undefined> {
  try {
    const { name, size, dev, ino } = (JSON.parse(await readFile(record, "utf8")) ?? {}) as Readonly<
      Record<string, unknown>
    >;
    if (typeof name !== "string" || typeof dev !== "string" || typeof ino !== "string") return undefined;
    parseDeliveryName(name);
    return { name, size: typeof size === "number" ? size : null, dev, ino };
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === "ENOENT" || PlumblineError.isInstance(error)) {
      return undefined;
    }
    throw error;
  }
}

async function isStill(path: string, { dev, ino }: LinearRecord): Promise<boolean> {
  try {
    const found = await lstat(path, { bigint: true });
    return String(found.dev) === dev && String(found.ino) === ino;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

/**
 * Whether nothing stands at `path`. Then no marker stands there either: one that was left when its file was taken away would mark the next from its first byte on, and is
 * removed before there is one.
 */
export async function clearMarker(path: string, markerEnding: string): Promise<boolean> {
  if ((await identityAt(path)) !== undefined) return false;
  if (markerEnding !== "" && (await removeIfThere(path + markerEnding))) await syncFolder(dirname(path));
  return true;
}

async function isWhole(places: DirectoryPlaces, { name, size }: LinearRecord, markerEnding: string): Promise<boolean> {
  const there = await inspectFile(places.root, name, true);
  // By its digest alone the beginning of a file could pass for an earlier one of the same name.
  if (there?.sha256 === undefined || (size !== null && there.size !== size)) return false;
  const manifest = join(places.manifests, manifestFileName(manifestId(name, there.sha256)));
  const marker = markerEnding === "" ? [] : [join(places.root, ...parseDeliveryName(name + markerEnding))];
  for (const path of [manifest, ...marker]) {
    const handle = await openRegular(path);
    if (handle === undefined) return false;
    await handle.close();
  }
  return true;
}
