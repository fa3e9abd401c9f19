import { createHash } from "node:crypto";
import { copyFile, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Destination } from "@plumbline/core";
import { createDirectoryDestination, createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { runProgram } from "./programs.ts";
import { MEBIBYTE, type Way } from "./work.ts";

/**
 * What a script does: copy each file to its final name, and sync it. No temporary name, no check, no record. Each piece is read while the one before is written, into memory that is as quick to
 * read into as ours; a stream of Node's takes what malloc(3) gives, and up to twice as long.
 */
export const copyAndSync: Way = async (from, to) => {
  for (const name of await readdir(from)) {
    const [source, target] = [await open(join(from, name)), await open(join(to, name), "w")];
    const [one, two] = [pieceBuffer(), pieceBuffer()];
    let ahead = source.read(one, 0, MEBIBYTE, 0);
    for (let at = 0, piece = 0; ; piece++) {
      const { bytesRead, buffer } = await ahead;
      if (bytesRead === 0) break;
      ahead = source.read(piece % 2 === 0 ? two : one, 0, MEBIBYTE, at + bytesRead);
      await target.write(buffer, 0, bytesRead, at);
      at += bytesRead;
    }
    await target.sync();
    await source.close();
    await target.close();
  }
};

/** What a shell script does: `cp`, then `sync` of what it made, as programs. GNU's `cp` has the kernel copy. */
export const copyByPrograms: Way = async (from, to) => {
  const names = await readdir(from);
  await runProgram("cp", [...names.map((name) => join(from, name)), to]);
  await runProgram(
    "sync",
    names.map((name) => join(to, name)),
  );
};

/** The least that a copy can be: the kernel's own, without a second process, and a sync. */
export const copyByKernel: Way = async (from, to) => {
  for (const name of await readdir(from)) {
    await copyFile(join(from, name), join(to, name));
    const target = await open(join(to, name), "r+");
    await target.datasync();
    await target.close();
  }
};

/**
 * The least that a hand-off can be which knows what it has written: each piece is read, written, read back, compared and hashed, as much of it at once as two cores can, and the
 * file is synced. No staging, no record, no manifest, no look at the source.
 */
export const bareLoop: Way = async (from, to) => {
  for (const name of await readdir(from)) {
    const [source, target] = [await open(join(from, name)), await open(join(to, name), "wx+")];
    const [one, two, back] = [pieceBuffer(), pieceBuffer(), pieceBuffer()];
    const hash = createHash("sha256");
    const bring = async (bytes: Buffer, at: number): Promise<void> => {
      await target.write(bytes, 0, bytes.length, at);
      await target.read(back, 0, bytes.length, at);
      if (!back.subarray(0, bytes.length).equals(bytes)) throw new Error("it did not arrive as it was sent");
    };
    let syncing: Promise<void> | undefined;
    let ahead = source.read(one, 0, MEBIBYTE, 0);
    for (let at = 0, piece = 0; ; piece++) {
      const { bytesRead, buffer } = await ahead;
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      ahead = source.read(piece % 2 === 0 ? two : one, 0, MEBIBYTE, at + bytesRead);
      const brought = bring(bytes, at);
      hash.update(bytes);
      await brought;
      at += bytesRead;
      if (at % (8 * MEBIBYTE) === 0) syncing ??= target.datasync().finally(() => (syncing = undefined));
    }
    await syncing;
    await target.datasync();
    hash.digest();
    await source.close();
    await target.close();
  }
};

/** What of `WebAssembly` is in use; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/** Begins with a page: see docs/decisions/0018. */
function pieceBuffer(): Buffer {
  return Buffer.from(new WebAssembly.Memory({ initial: 16, maximum: 16 }).buffer);
}

/** Ours, to a folder. */
export function handOn(verify: "read-back" | "size"): Way {
  return (from, to) => handOnTo(from, createDirectoryDestination({ path: to, verify }), `${to}-state`);
}

/** Hands on what is in a folder, once, connection and all. */
export async function handOnTo(from: string, destination: Destination, stateDirectory: string): Promise<void> {
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination,
    stateDirectory,
  });
  await uploader.start();
  await uploader.run(new AbortController().signal);
  await uploader.close();
}
