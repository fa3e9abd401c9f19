import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1024 * 1024;

/** Size and SHA-256 (hex) of what a descriptor holds, read from its first byte on; its position stays where it is. Rejects when the signal aborts. */
export async function digestFile(
  handle: FileHandle,
  signal?: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let size = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, size);
    if (bytesRead === 0) return { size, sha256: hash.digest("hex") };
    hash.update(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
}
