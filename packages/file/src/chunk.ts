import type { ByteStretch, NumberedBytes } from "@plumbline/core";
import type { LineHead } from "./line-head.ts";
import { writeUtf8 } from "./write-utf8.ts";

/** What one write() hands over at most, but for a line that is larger by itself. */
export const CHUNK_BYTES: number = 256 * 1024;

/** Of so many numbered lines it is known where each stands. */
const MAX_MARKED_LINES = 4096;

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
/** UTF-8 takes at most three bytes for one UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Whole lines as bytes, ready for one write. Each text is encoded straight into the buffer: a string that was joined
 * from them first would be copied twice more.
 */
export class Chunk implements NumberedBytes {
  #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #own = this.#bytes;
  #view: DataView = viewOf(this.#bytes);
  #length = 0;
  #count = 0;
  /** Of the first numbered line; beyond all numbers where there is none. */
  #firstSeq = Number.POSITIVE_INFINITY;
  /** Where each numbered line ends, with its line feed. */
  #ends: Int32Array | undefined;

  /** The buffer; only its first {@link length} bytes count. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Lines in it. */
  get count(): number {
    return this.#count;
  }

  /** Empties it. */
  clear(): void {
    this.release();
    this.#length = 0;
    this.#count = 0;
    this.#firstSeq = Number.POSITIVE_INFINITY;
  }

  /** Lets the buffer of a single large line go; else what stands here stays, for those who ask, until it is cleared. */
  release(): void {
    if (this.#bytes === this.#own) return;
    this.#use(this.#own);
    this.#length = 0;
    this.#count = 0;
  }

  /** Lets all go: whoever still knows of a line that stands here keeps no memory. It is not used again. */
  discard(): void {
    this.#own = this.#bytes = NOTHING;
    this.#view = viewOf(NOTHING);
    this.#ends = undefined;
    this.#length = this.#count = 0;
  }

  stretchOf(seq: number): ByteStretch | undefined {
    const index = seq - this.#firstSeq;
    if (index < 0 || index >= this.#count || index >= MAX_MARKED_LINES || this.#ends === undefined) return undefined;
    const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
    return { bytes: this.#bytes, start, end: (this.#ends[index] ?? 0) - 1 };
  }

  /**
   * Adds a line's head with its number and the rest of it, unless the chunk is full or would become longer than `limit`.
   * An empty chunk grows for a line of any length. Says whether it was added.
   */
  addNumbered(head: LineHead, seq: number, rest: string, limit: number): boolean {
    if (!this.#reserve(head.maxBytes + 1, rest)) return false;
    let at = head.write(this.#view, this.#length, seq);
    at += writeUtf8(this.#bytes, rest, at);
    this.#bytes[at++] = LINE_FEED;
    const index = this.#count;
    if (!this.#accept(at, limit)) return false;
    if (index === 0) this.#firstSeq = seq;
    this.#ends ??= new Int32Array(MAX_MARKED_LINES);
    this.#ends[index] = at;
    return true;
  }

  /** Adds a line as it is; as {@link addNumbered} else. */
  addPlain(line: string, limit: number): boolean {
    if (!this.#reserve(1, line)) return false;
    let at = this.#length;
    at += writeUtf8(this.#bytes, line, at);
    this.#bytes[at++] = LINE_FEED;
    return this.#accept(at, limit);
  }

  #accept(end: number, limit: number): boolean {
    if (end > limit) return false;
    this.#length = end;
    this.#count += 1;
    return true;
  }

  /** Makes sure that `extra` bytes and the text fit in. */
  #reserve(extra: number, text: string): boolean {
    const room = this.#bytes.length - this.#length - extra;
    if (text.length * MAX_BYTES_PER_UNIT <= room) return true;
    const needed = Buffer.byteLength(text);
    if (needed <= room) return true;
    if (this.#count > 0) return false;
    this.#use(Buffer.allocUnsafeSlow(needed + extra));
    return true;
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

/** Where the last whole line within the first `length` bytes ends. */
export function endOfWholeLines(bytes: Uint8Array, length: number): number {
  return length === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, length - 1) + 1;
}

/** Lines that end in `[start, end)`. */
export function countLines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED, start); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
