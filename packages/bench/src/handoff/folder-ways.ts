import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Destination } from "@plumbline/core";
import { createDirectoryDestination, createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { runProgram } from "./programs.ts";
import { MEBIBYTE, type Way } from "./work.ts";

/** What a script does: copy each file to its final name, and sync it. No temporary name, no check, no record. */
export const copyAndSync: Way = async (from, to) => {
  for (const name of await readdir(from)) {
    const target = await open(join(to, name), "w");
    try {
      const source = createReadStream(join(from, name), { highWaterMark: MEBIBYTE });
      await pipeline(source, async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) await target.write(chunk);
      });
      await target.sync();
    } finally {
      await target.close();
    }
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

/** A line into its memory: see docs/decisions/0018. */
function pieceBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(MEBIBYTE + 64).subarray(64);
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
