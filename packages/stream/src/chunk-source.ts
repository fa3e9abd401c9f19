import type { OpenJournalFile } from "./journal-files.ts";
import type { ReadMemory } from "./read-memory.ts";

/** So much is read at once. */
const CHUNK_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The memory that is read into. New for each chunk, as lines are views into it; or two stretches in turn, for who is done with the lines of one chunk before the next but one
 * is read.
 */
export class ChunkMemory {
  readonly #shared: ReadMemory | undefined;
  /** Holds what was read last, and with it the leftover. */
  #present: Buffer = NOTHING;
  #other: Buffer = NOTHING;

  /** With `shared` the stretches are taken from there. */
  constructor(shared: ReadMemory | undefined) {
    this.#shared = shared;
  }

  /** Room for a chunk, until another is asked for. What was {@link kept} last stays as it is. */
  room(bytes: number): Buffer {
    if (this.#shared === undefined) return Buffer.allocUnsafeSlow(bytes);
    if (this.#other.length < bytes) {
      this.#shared.give(this.#other);
      this.#other = this.#shared.take(bytes);
    }
    return this.#other.subarray(0, bytes);
  }

  /** The room that was asked for last holds what is read from now on. */
  kept(): void {
    [this.#present, this.#other] = [this.#other, this.#present];
  }

  /** Gives all of it back; nothing that was read into it is looked at any more. */
  release(): void {
    for (const stretch of [this.#present, this.#other]) this.#shared?.give(stretch);
    this.#present = this.#other = NOTHING;
  }
}

/** Brings the bytes of a file in buffers that begin with what was left over of the one before. */
export interface ChunkSource {
  /** Whether a whole chunk is certainly there, as far as was seen when the size was last asked for: then it need not be asked again. */
  readonly hasChunk: boolean;
  /** Whether all was read that was there when the size was last asked for, and more may come. */
  readonly isAtEnd: boolean;
  /**
   * The leftover and what comes after it; `undefined` when nothing more is there now. `shrunk`: the file is shorter than what was read of it.
   */
  more(leftover: Buffer): Promise<Buffer | "shrunk" | undefined>;
  /** Gives up what is under way. Not called during `more`. */
  close(): Promise<void>;
}

/** A file as it is, from an offset on; it may grow while it is read. */
export class PlainSource implements ChunkSource {
  readonly #file: OpenJournalFile;
  readonly #mayChange: boolean;
  readonly #memory: ChunkMemory;
  #offset: number;
  /** How large it was when that was last asked. Lines that were whole then stay as they are. */
  #size = 0;

  /** A file that may still change is asked for its size each time. */
  constructor(file: OpenJournalFile, offset: number, mayChange: boolean, memory: ChunkMemory) {
    this.#file = file;
    this.#memory = memory;
    this.#offset = offset;
    this.#mayChange = mayChange;
  }

  get hasChunk(): boolean {
    return this.#offset + CHUNK_BYTES <= this.#size;
  }

  get isAtEnd(): boolean {
    return this.#mayChange && this.#offset >= this.#size;
  }

  async more(leftover: Buffer): Promise<Buffer | "shrunk" | undefined> {
    if (!this.#mayChange) return this.#readOn(leftover);
    for (;;) {
      const size = this.hasChunk ? this.#size : await this.#file.size();
      this.#size = size;
      if (size < this.#offset) return "shrunk";
      if (size === this.#offset && leftover.length === 0) return undefined;
      // The leftover is read again, in one call with what follows: a half line may have been cut off meanwhile and another written in its place.
      const start = this.#offset - leftover.length;
      const buffer = this.#memory.room(Math.min(size - start, Math.max(CHUNK_BYTES, leftover.length * 2)));
      const count = await this.#file.readAt(buffer, start);
      if (count === 0) return "shrunk";
      const bytes = buffer.subarray(0, count);
      const isAll = start + count >= size;
      if (!isAll && count <= leftover.length) {
        this.#size = 0; // a call that brought less than it could have, or the file is shorter by now
        continue;
      }
      this.#offset = start + count;
      if (isAll && bytes.equals(leftover)) return undefined;
      this.#memory.kept();
      return bytes;
    }
  }

  close(): Promise<void> {
    this.#memory.release();
    return Promise.resolve();
  }

  async #readOn(leftover: Buffer): Promise<Buffer | undefined> {
    const buffer = this.#memory.room(leftover.length + CHUNK_BYTES);
    const count = await this.#file.readAt(buffer.subarray(leftover.length), this.#offset);
    if (count === 0) return undefined;
    leftover.copy(buffer);
    this.#memory.kept();
    this.#offset += count;
    return buffer.subarray(0, leftover.length + count);
  }
}

/**
 * The unpacked text of a compressed file, from its beginning. Where it is damaged, `more` first gives what was unpacked before, and then rejects as unpacking
 * does.
 */
export class PackedSource implements ChunkSource {
  readonly hasChunk = false;
  readonly isAtEnd = false;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #damage: Error[] = [];

  constructor(file: OpenJournalFile) {
    this.#chunks = file.unpacked()[Symbol.asyncIterator]();
  }

  async more(leftover: Buffer): Promise<Buffer | undefined> {
    const [damage] = this.#damage;
    if (damage !== undefined) throw damage;
    const pieces = [leftover];
    let length = leftover.length;
    const enough = length + CHUNK_BYTES;
    while (length < enough) {
      const next = await this.#next();
      if (next === undefined) break;
      pieces.push(next);
      length += next.length;
    }
    if (length > leftover.length) return Buffer.concat(pieces, length);
    const [found] = this.#damage;
    if (found !== undefined) throw found;
    return undefined;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      this.#damage.push(
        error instanceof Error ? error : new Error("The file could not be unpacked.", { cause: error }),
      );
      return undefined;
    }
  }
}
