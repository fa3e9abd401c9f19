import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { hashInPieces } from "../digest-file.ts";

/**
 * Reads a file back behind its writer, piece by piece. Each piece is compared with what was written while that is still in memory, and it is what was read that is
 * hashed: the digest is of the file, and what is in the file is what was given. A comparison costs a tenth of a second hash.
 */
export class ReadBack {
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #buffer: Buffer = Buffer.alloc(0);
  #hashing: Promise<void> = Promise.resolve();
  #found: string | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Resolves with whether the file holds these bytes there. One call at a time, from the first byte on; the bytes are not used any more when it resolves. */
  async holds(bytes: Uint8Array, position: number): Promise<boolean> {
    await this.#hashing; // what was read last is still being hashed from the same memory
    if (this.#buffer.length < bytes.length) this.#buffer = Buffer.allocUnsafe(bytes.length);
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await this.#handle.read(this.#buffer, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) return false;
      filled += bytesRead;
    }
    const read = this.#buffer.subarray(0, bytes.length);
    if (!read.equals(bytes)) return false;
    this.#hashing = hashInPieces(this.#hash, read); // while the next ones are being written
    return true;
  }

  /** SHA-256 (hex) of what was read. Nothing is added to it afterwards. */
  async sha256(): Promise<string> {
    await this.#hashing;
    this.#found ??= this.#hash.digest("hex");
    return this.#found;
  }
}
