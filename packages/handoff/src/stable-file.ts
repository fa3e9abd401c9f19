import { constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { errorCode, type PlumblineError } from "@plumbline/core";
import { handoffError } from "./handoff-error.ts";
import { ioBuffer } from "./io-buffer.ts";
import { changedFields, type FileIdentity, identityOf } from "./stability/identity.ts";

/** How much is read at once, in bytes. */
const READ_CHUNK_BYTES = 1024 * 1024;

/** A stat costs a microsecond, but so many chunks apart it costs nothing. */
const STAT_EVERY_CHUNKS = 16;

/**
 * Reads a file once, from one descriptor, linearly, and only as long as it is what it was judged to be: its identity is compared before the first byte, on the
 * way, and after the last. A chunk is valid until the next one is asked for; the one after it is being read meanwhile.
 *
 * Rejects with `PLB_HANDOFF_SOURCE_CHANGED`.
 */
export async function* readStable(
  path: string,
  identity: FileIdentity,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const handle = await openJudged(path);
  const buffers = [ioBuffer(chunkFor(identity)), ioBuffer(chunkFor(identity))] as const;
  let ahead: Promise<number> | undefined;
  try {
    await expectSame(path, identity, handle, "before it was read");
    let at = 0;
    let chunks = 0;
    const size = Number(identity.size);
    const readInto = async (buffer: Buffer): Promise<number> =>
      (await handle.read(buffer, 0, buffer.length, at)).bytesRead;
    ahead = readInto(buffers[0]);
    for (;;) {
      const buffer = buffers[chunks % 2 === 0 ? 0 : 1];
      const count = await ahead;
      ahead = undefined;
      signal.throwIfAborted();
      if (count === 0) break;
      at += count;
      chunks += 1;
      if (at > size) throw sourceChanged(path, "it grew while it was read", ["size"]);
      if (chunks % STAT_EVERY_CHUNKS === 0) await expectSame(path, identity, handle, "while it was read");
      ahead = readInto(buffers[chunks % 2 === 0 ? 0 : 1]);
      yield buffer.subarray(0, count);
    }
    if (at !== size) throw sourceChanged(path, "it ended before its size", ["size"]);
    await expectSame(path, identity, handle, "by the time it had been read");
  } finally {
    await settled(ahead); // the descriptor must not be closed under a read
    await handle.close();
  }
}

/** Looks once more where the path leads. Rejects with `PLB_HANDOFF_SOURCE_CHANGED` unless it is still the file that was read, unchanged. */
export async function expectUnchanged(path: string, identity: FileIdentity): Promise<void> {
  let found: FileIdentity;
  try {
    found = identityOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw sourceChanged(path, "it is gone", []);
  }
  const changed = changedFields(identity, found);
  if (changed.length > 0) throw sourceChanged(path, "it changed before it was published", changed);
}

/** `PLB_HANDOFF_SOURCE_CHANGED`. */
export function sourceChanged(path: string, what: string, changed: readonly string[]): PlumblineError {
  return handoffError("PLB_HANDOFF_SOURCE_CHANGED", {
    message: `${path} cannot be handed on: ${what}${changed.length === 0 ? "" : ` (${changed.join(", ")})`}.`,
    details: { path, changed },
  });
}

async function openJudged(path: string): Promise<FileHandle> {
  try {
    // A fifo that took the file's place must not hold the opening up.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOENT" && code !== "ELOOP") throw error;
    throw sourceChanged(path, code === "ENOENT" ? "it is gone" : "it is a symbolic link now", []);
  }
}

async function expectSame(path: string, identity: FileIdentity, handle: FileHandle, when: string): Promise<void> {
  const changed = changedFields(identity, identityOf(await handle.stat({ bigint: true })));
  if (changed.length > 0) throw sourceChanged(path, `it changed ${when}`, changed);
}

function chunkFor({ size }: FileIdentity): number {
  // One byte more than it has, so that growth shows.
  return size >= BigInt(READ_CHUNK_BYTES) ? READ_CHUNK_BYTES : Number(size) + 1;
}

async function settled(work: Promise<unknown> | undefined): Promise<void> {
  try {
    await work;
  } catch {
    // What it was for has failed already, or was given up.
  }
}
