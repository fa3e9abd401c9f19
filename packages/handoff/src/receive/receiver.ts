import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Clock, createSystemClock, errorCode, type HandoffManifest } from "@plumbline/core";
import { CONTROL_FOLDER } from "../delivery-name.ts";
import { manifestIdsIn, readManifest } from "../directory/directory-files.ts";
import { openRegular, syncFolder } from "../directory/durable-files.ts";
import { digestFile } from "../digest-file.ts";
import { expectFolder } from "../pickup/directory-pickup.ts";
import { Wake } from "../pickup/wake.ts";
import { lockState } from "../upload/state-lock.ts";
import { ListedFolders } from "./listed-folders.ts";

/** Options of a receiver. */
export interface ReceiverOptions {
  /** The folder that files are handed on to. */
  readonly path: string;
  /** The folder of stagings and manifests, where the destination keeps it elsewhere. Default: `.plumbline-handoff` in `path`. */
  readonly control?: string;
  /** The folder that files are taken to; of the same file system. */
  readonly to: string;
  /** How often is looked, in milliseconds; hints of the system come sooner. Default: 2,000. */
  readonly pollMs?: number;
  /** Ends when nothing more is to be taken now. Default: false. */
  readonly once?: boolean;
}

/** What became of a manifest's file. */
export type Receipt =
  | { readonly kind: "taken"; readonly manifest: HandoffManifest; readonly path: string }
  /** It had been taken before; the same content came again. */
  | { readonly kind: "repeated"; readonly manifest: HandoffManifest }
  /** It could not be given its place, or not be read; `code` is the system's. It is tried again every minute, and when the receiver begins anew; the others go on. */
  | { readonly kind: "failed"; readonly manifest: HandoffManifest; readonly code: string };

/** How long what has failed is left alone. */
const FAILED_PAUSE_MS = 60_000;

/**
 * How the far side should do it: it waits for manifests, never for sizes or times; takes a file away by a rename, so that no other receiver has it too; compares what it
 * has taken with the manifest; and only then gives it its place. What it has taken before is known by its manifest's id, across restarts, so a file that comes twice is
 * taken once. A file without a manifest, or unlike its own, is left alone; one that fails is told of, and stops no other. `to` is for one receiver at a time: another
 * rejects with `PLB_HANDOFF_JOURNAL_IN_USE`. Rejects with `PLB_HANDOFF_SOURCE_INVALID` where there is no such folder.
 */
export async function* receive(
  options: ReceiverOptions,
  signal: AbortSignal,
  clock: Clock = createSystemClock(),
): AsyncGenerator<Receipt> {
  const path = resolve(options.path);
  const to = resolve(options.to);
  await expectFolder(path);
  const control = resolve(options.control ?? join(path, CONTROL_FOLDER));
  const taken = join(to, CONTROL_FOLDER, "taken");
  const manifests = join(control, "manifests");
  const wake = new Wake(clock);
  const lock = await lockState(join(to, CONTROL_FOLDER), clock);
  try {
    await mkdir(taken, { recursive: true, mode: 0o700 });
    const held = await partsIn(taken);
    if (options.once !== true) wake.watch(path); // where files appear last
    let known: ReadonlyMap<string, Known> = new Map();
    while (!signal.aborted) {
      wake.take();
      const folders = new ListedFolders(path);
      const now = new Map<string, Known>();
      for await (const id of manifestIdsIn(manifests)) {
        if (signal.aborted) return;
        const before = known.get(id) ?? NEVER_SEEN;
        const { name, notBeforeMs } = before;
        now.set(id, before);
        if (notBeforeMs > clock.monotonicMs()) continue;
        if (name !== undefined && !held.has(id) && !(await folders.have(name))) continue;
        const manifest = await readManifest(manifests, id);
        if (manifest === undefined) continue;
        const receipt = await takeOrTell({ path, to, taken }, manifest);
        const pauseMs = receipt?.kind === "failed" ? FAILED_PAUSE_MS : 0;
        now.set(id, { name: manifest.name, notBeforeMs: pauseMs === 0 ? 0 : clock.monotonicMs() + pauseMs });
        if (receipt?.kind === "failed") held.add(id); // it may have failed when it was taken away already
        else held.delete(id);
        if (receipt !== undefined) yield receipt;
      }
      known = now; // a manifest that is gone is forgotten
      if (options.once === true) return;
      await wake.wait(options.pollMs ?? 2000, signal);
    }
  } finally {
    wake.close();
    await lock.release();
  }
}

/** What is remembered of a manifest, so that it is read again only when there is something to take. */
interface Known {
  readonly name: string | undefined;
  /** When it is looked at again, in milliseconds of the clock. */
  readonly notBeforeMs: number;
}

const NEVER_SEEN: Known = { name: undefined, notBeforeMs: 0 };

interface ReceiverPlaces {
  readonly path: string;
  readonly to: string;
  readonly taken: string;
}

async function takeOrTell(places: ReceiverPlaces, manifest: HandoffManifest): Promise<Receipt | undefined> {
  try {
    return await takeOne(places, manifest);
  } catch (error) {
    return { kind: "failed", manifest, code: errorCode(error) };
  }
}

async function takeOne({ path, to, taken }: ReceiverPlaces, manifest: HandoffManifest): Promise<Receipt | undefined> {
  const source = join(path, ...manifest.name.split("/"));
  const target = join(to, ...manifest.name.split("/"));
  const record = join(taken, manifest.id);
  const held = join(taken, `${manifest.id}.part`);
  const isKnown = await isThere(record);
  // A part that is there was taken before a crash, and perhaps never looked at.
  if (!(await isThere(held)) && !(await takeAway(source, held, manifest))) return undefined;
  // Between the look and the rename another file may have come under the name.
  if (!(await matches(held, manifest))) {
    await putBack(held, source);
    return undefined;
  }
  if (isKnown) {
    await unlink(held);
    return { kind: "repeated", manifest };
  }
  const place = await placeOrPutBack(held, target, source);
  await syncFolder(dirname(target));
  const handle = await open(record, "a", 0o600);
  await handle.sync();
  await handle.close();
  await unlink(held);
  await syncFolder(taken);
  return { kind: "taken", manifest, path: place };
}

/** Takes the file under its name if it looks like the manifest's. */
async function takeAway(source: string, held: string, manifest: HandoffManifest): Promise<boolean> {
  if (!(await matches(source, manifest))) return false;
  try {
    await rename(source, held);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false; // another receiver was first
    throw error;
  }
}

/** Where a newer one stands under the name by now, it has taken this one's place. */
async function putBack(held: string, source: string): Promise<void> {
  try {
    await link(held, source);
    await syncFolder(dirname(source));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  await unlink(held);
}

async function matches(path: string, { size, sha256 }: HandoffManifest): Promise<boolean> {
  const handle = await openRegular(path);
  if (handle === undefined) return false;
  try {
    if ((await handle.stat()).size !== size) return false;
    const found = await digestFile(handle);
    return found.size === size && found.sha256 === sha256;
  } finally {
    await handle.close();
  }
}

/** What cannot have its place is not kept from others. */
async function placeOrPutBack(held: string, target: string, source: string): Promise<string> {
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    return await placeWithoutClobber(held, target);
  } catch (error) {
    await putBack(held, source);
    throw error;
  }
}

/** Gives what was taken its place: a name that is free, or the one that it was given before a crash. Resolves with it. */
async function placeWithoutClobber(held: string, target: string): Promise<string> {
  const { dev, ino } = await lstat(held);
  for (let copy = 0; ; copy++) {
    const place = copy === 0 ? target : `${target}.${copy}`;
    try {
      await link(held, place);
      return place;
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      const there = await lstat(place);
      if (there.dev === dev && there.ino === ino) return place;
    }
  }
}

/** What was taken before a crash, by its manifest's id. */
async function partsIn(taken: string): Promise<Set<string>> {
  const names = await readdir(taken);
  return new Set(names.filter((name) => name.endsWith(".part")).map((name) => name.slice(0, -".part".length)));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_RDONLY)).close();
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
