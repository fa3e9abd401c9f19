import { constants } from "node:fs";
import { link, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Clock, createSystemClock, errorCode, type HandoffManifest } from "@plumbline/core";
import { CONTROL_FOLDER } from "../delivery-name.ts";
import { readManifests } from "../directory/directory-files.ts";
import { openRegular, syncFolder } from "../directory/durable-files.ts";
import { digestFile } from "../digest-file.ts";
import { expectFolder } from "../pickup/directory-pickup.ts";
import { Wake } from "../pickup/wake.ts";

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
  | { readonly kind: "repeated"; readonly manifest: HandoffManifest };

/**
 * How the far side should do it: it waits for manifests, never for sizes or times; takes a file away by a rename, so that no other receiver has it too; compares what it
 * has taken with the manifest; and only then gives it its place. What it has taken before is known by its manifest's id, across restarts, so a file that comes twice is
 * taken once. A file without a manifest, or unlike its own, is left alone.
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
  await mkdir(taken, { recursive: true, mode: 0o700 });
  const manifests = join(control, "manifests");
  const wake = new Wake(clock);
  if (options.once !== true) {
    wake.watch(path); // where files appear last
  }
  try {
    while (!signal.aborted) {
      wake.take();
      for await (const manifest of manifestsIn(manifests)) {
        if (signal.aborted) return;
        const receipt = await takeOne(path, to, taken, manifest);
        if (receipt !== undefined) yield receipt;
      }
      if (options.once === true) return;
      await wake.wait(options.pollMs ?? 2000, signal);
    }
  } finally {
    wake.close();
  }
}

async function takeOne(
  path: string,
  to: string,
  taken: string,
  manifest: HandoffManifest,
): Promise<Receipt | undefined> {
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
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const place = await placeWithoutClobber(held, target);
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

async function* manifestsIn(folder: string): AsyncGenerator<HandoffManifest> {
  try {
    yield* readManifests(folder);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error; // nothing was handed on yet
  }
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
