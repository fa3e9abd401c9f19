import type { Dir } from "node:fs";
import { opendir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, type DestinationEntry, type HandoffManifest, PlumblineError } from "@plumbline/core";
import { digestFile } from "../digest-file.ts";
import { parseDeliveryName } from "../delivery-name.ts";
import { formatManifest, manifestFileName, parseManifest } from "../manifest.ts";
import { openRegular, removeIfThere, writeDurably } from "./durable-files.ts";
import type { DirectoryPlaces } from "./probe.ts";

/** Strictly later stamps, one publish at a time: who lists by "changed later than the last I saw" misses none. */
export interface StampTurn {
  /** Runs `publish` alone, with the time to stamp, in seconds since 1970-01-01T00:00:00Z. */
  take<Value>(publish: (seconds: number) => Promise<Value>): Promise<Value>;
}

/** Stamps that follow the file system's clock and never stand still or go back while this runs. */
export function createStampTurn(clockAheadMs: number): StampTurn {
  let lastMicros = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    take(publish) {
      const mine = turn.then(() => {
        // Two microseconds: a time in seconds is a double, which rounds to a quarter of one.
        lastMicros = Math.max(lastMicros + 2, Math.trunc((Date.now() + clockAheadMs) * 1000));
        return publish(lastMicros / 1_000_000);
      });
      turn = mine.then(
        () => undefined,
        () => undefined,
      );
      return mine;
    },
  };
}

/** The manifests in a folder. What is none is left out. */
export async function* readManifests(folder: string): AsyncIterable<HandoffManifest> {
  for await (const id of manifestIdsIn(folder)) {
    const manifest = await readManifest(folder, id);
    if (manifest !== undefined) yield manifest;
  }
}

/** The ids of what is there under the name of a manifest. There are none where the folder is not there: nothing was handed on yet. */
export async function* manifestIdsIn(folder: string): AsyncIterable<string> {
  let entries: Dir;
  try {
    entries = await opendir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  for await (const entry of entries) {
    if (entry.isFile() && /^[0-9a-f]{32}\.json$/.test(entry.name)) yield entry.name.slice(0, -".json".length);
  }
}

/** `undefined` where it is gone, or none. */
export async function readManifest(folder: string, id: string): Promise<HandoffManifest | undefined> {
  try {
    const manifest = parseManifest(await readFile(join(folder, manifestFileName(id)), "utf8"));
    return manifest.id === id ? manifest : undefined;
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && !PlumblineError.isInstance(error)) throw error;
    return undefined;
  }
}

/** Makes a manifest durable; resolves with what takes it back, if it was not there before. */
export async function keepManifest(
  places: DirectoryPlaces,
  manifest: HandoffManifest,
  owner: string,
  mode: number,
): Promise<() => Promise<void>> {
  const path = join(places.manifests, manifestFileName(manifest.id));
  const before = await openRegular(path);
  await before?.close();
  await writeDurably(path, formatManifest(manifest), join(places.staging, owner), mode);
  return async () => {
    if (before === undefined) await removeIfThere(path);
  };
}

/** What stands under a name in a folder. */
export async function inspectFile(root: string, name: string, hash: boolean): Promise<DestinationEntry | undefined> {
  const handle = await openRegular(join(root, ...parseDeliveryName(name)));
  if (handle === undefined) return undefined;
  try {
    const { size, mtimeMs } = await handle.stat();
    if (!hash) return { name, size, sha256: undefined, modifiedMs: mtimeMs };
    return { name, ...(await digestFile(handle)), modifiedMs: mtimeMs };
  } finally {
    await handle.close();
  }
}
