import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { hashInPieces } from "../digest-file.ts";
import { ioBuffer } from "../io-buffer.ts";

/**
 * Reads a file back behind its writer, piece by piece, and compares it with what was written while that is still in memory. The same bytes are hashed meanwhile, in this thread,
 * while another one writes and reads: so the digest is that of the file. A comparison costs a tenth of a second hash.
 */
export class ReadBack {
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #buffer: Buffer = Buffer.alloc(0);
  #found: string | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Resolves with whether the file holds these bytes there, once they are `written`. One call at a time, from the first byte on; the bytes are not used any more when it
   * resolves. Rejects with what `written` rejects with.
   */
  async holds(bytes: Uint8Array, position: number, written: Promise<void>): Promise<boolean> {
    const [isThere] = await Promise.all([this.#isThere(bytes, position, written), hashInPieces(this.#hash, bytes)]);
    return isThere;
  }

  /** SHA-256 (hex) of what was given. Nothing is added to it afterwards. */
  sha256(): string {
    this.#found ??= this.#hash.digest("hex");
    return this.#found;
  }

  async #isThere(bytes: Uint8Array, position: number, written: Promise<void>): Promise<boolean> {
    await written;
    if (this.#buffer.length < bytes.length) this.#buffer = ioBuffer(bytes.length);
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await this.#handle.read(this.#buffer, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) return false;
      filled += bytesRead;
    }
    return this.#buffer.subarray(0, bytes.length).equals(bytes);
  }
}
