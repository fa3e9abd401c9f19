import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { errorCode, PlumblineError } from "@plumbline/core";
import { jsonlError } from "./jsonl-error.ts";
import { packingOf } from "./packing.ts";
import { unpackChunks } from "./unpack.ts";

/** Options of {@link readChunks}. */
export interface ReadChunksOptions {
  /** Bytes asked for at once. Default 256 KiB. */
  readonly chunkBytes?: number;
  /** The offset to begin at. Default 0. */
  readonly start?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_CHUNK_BYTES = 256 * 1024;

/**
 * A file's bytes from `start` to where it ends when the end is reached; every chunk is a buffer of its own.
 * A path is opened and closed here; a handle stays open, and its position is neither used nor moved.
 * Throws `PLB_JSONL_READ_FAILED`.
 */
export async function* readChunks(
  source: string | FileHandle,
  options: ReadChunksOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
  const handle = typeof source === "string" ? await openForReading(source) : source;
  try {
    let position = options.start ?? 0;
    for (;;) {
      options.signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafeSlow(chunkBytes);
      const count = await readAt(handle, chunk, position, source);
      if (count === 0) return;
      position += count;
      yield count === chunk.length ? chunk : chunk.subarray(0, count);
    }
  } finally {
    if (typeof source === "string") await handle.close();
  }
}

/** Opens a file for reading; a FIFO or a device does not block the opening. Throws `PLB_JSONL_READ_FAILED`. */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw readFailed(path, cause);
  }
}

/** {@link openForReading}, or `undefined` when nothing is there. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await openForReading(path);
  } catch (error) {
    if (PlumblineError.isInstance(error) && error.details["code"] === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The bytes of a file, unpacked when its name ends in `.gz` or `.zst`. Throws as {@link readChunks} and
 * {@link unpackChunks} do.
 */
export function readUnpacked(path: string, options: ReadChunksOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  const packing = packingOf(path);
  return packing === undefined ? readChunks(path, options) : unpackChunks(readChunks(path, options), packing);
}

async function readAt(
  handle: FileHandle,
  chunk: Buffer,
  position: number,
  source: string | FileHandle,
): Promise<number> {
  try {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    return bytesRead;
  } catch (cause) {
    throw readFailed(typeof source === "string" ? source : undefined, cause);
  }
}

function readFailed(path: string | undefined, cause: unknown): Error {
  return jsonlError("PLB_JSONL_READ_FAILED", {
    message: `${path ?? "An open file"} could not be read: ${errorCode(cause)}.`,
    cause,
    details: { path, code: errorCode(cause) },
  });
}
