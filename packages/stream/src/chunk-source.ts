import type { OpenJournalFile } from "./journal-files.ts";

/** So much is read at once. */
export const CHUNK_BYTES: number = 256 * 1024;

/**
 * Brings the bytes of a file in buffers that begin with what was left over of the one before. Every buffer is new: lines are views into it.
 */
export interface ChunkSource {
  /**
   * The leftover and what comes after it; `undefined` when nothing more is there now. `shrunk`: the file is shorter than what was read of it.
   */
  more(leftover: Buffer): Promise<Buffer | "shrunk" | undefined>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

/** A file as it is, from an offset on; it may grow while it is read. */
export class PlainSource implements ChunkSource {
  readonly #file: OpenJournalFile;
  #offset: number;

  constructor(file: OpenJournalFile, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  async more(leftover: Buffer): Promise<Buffer | "shrunk" | undefined> {
    const size = await this.#file.size();
    if (size < this.#offset) return "shrunk";
    if (size === this.#offset && leftover.length === 0) return undefined;
    // The leftover is read again, in one call with what follows: a half line may have been cut off meanwhile and another written in its place.
    const start = this.#offset - leftover.length;
    const buffer = Buffer.allocUnsafeSlow(Math.min(size - start, Math.max(CHUNK_BYTES, leftover.length * 2)));
    for (;;) {
      const count = await this.#file.readAt(buffer, start);
      if (count === 0) return "shrunk";
      const bytes = buffer.subarray(0, count);
      const isAll = start + count >= size;
      if (!isAll && count <= leftover.length) continue; // a call that brought less than it could have
      this.#offset = start + count;
      return isAll && bytes.equals(leftover) ? undefined : bytes;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The unpacked text of a compressed file, from its beginning. Rejects with `PLB_JSONL_CORRUPT_GZIP` at the damage. */
export class PackedSource implements ChunkSource {
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(file: OpenJournalFile) {
    this.#chunks = file.unpacked()[Symbol.asyncIterator]();
  }

  async more(leftover: Buffer): Promise<Buffer | undefined> {
    const pieces = [leftover];
    let length = leftover.length;
    const enough = length + CHUNK_BYTES;
    while (length < enough) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      pieces.push(value);
      length += value.length;
    }
    return length === leftover.length ? undefined : Buffer.concat(pieces, length);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
