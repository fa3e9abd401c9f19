import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { ioBuffer } from "./io-buffer.ts";

const CHUNK_BYTES = 1024 * 1024;
/** A sixth of a millisecond's hashing. */
const PIECE_BYTES = 256 * 1024;

/** What a file holds. */
export interface FileDigest {
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** Size and SHA-256 (hex) of what a descriptor holds, read from its first byte on; its position stays where it is. Rejects when the signal aborts. */
export async function digestFile(handle: FileHandle, signal?: AbortSignal): Promise<FileDigest> {
  const hash = createHash("sha256");
  const chunk = ioBuffer(CHUNK_BYTES);
  let size = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, size);
    if (bytesRead === 0) return { size, sha256: hash.digest("hex") };
    hash.update(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
}

/** Hashes bytes with the event loop free every now and then: what waits for a file's answer goes on. The bytes must stay as they are until it resolves. */
export async function hashInPieces(hash: Hash, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    if (from > 0) await setImmediate();
    hash.update(bytes.subarray(from, from + PIECE_BYTES));
  }
}
