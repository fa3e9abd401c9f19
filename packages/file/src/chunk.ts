/** What one write() hands over at most, but for a line that is larger by itself. */
export const CHUNK_BYTES: number = 256 * 1024;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
/** Digits of a number, the quote and the comma after it, and the line feed. */
const FRAME_BYTES = 16 + 2 + 1;
/** UTF-8 takes at most three bytes for one UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Whole lines as bytes, ready for one write. Each text is encoded straight into the buffer: a string that was joined
 * from them first would be copied twice more.
 */
export class Chunk {
  #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly #own = this.#bytes;
  #length = 0;
  #count = 0;

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

  /** Empties it. The buffer of a single large line is let go. */
  clear(): void {
    this.#bytes = this.#own;
    this.#length = 0;
    this.#count = 0;
  }

  /**
   * Adds `head`, the number, `",` and the rest of a line, unless the chunk is full or would become longer than `limit`.
   * An empty chunk grows for a line of any length. Says whether it was added.
   */
  addNumbered(head: Uint8Array, seq: number, rest: string, limit: number): boolean {
    if (!this.#reserve(head.length + FRAME_BYTES, rest)) return false;
    const start = this.#length;
    const bytes = this.#bytes;
    // A loop, because set() costs more than these few bytes are worth.
    for (let index = 0; index < head.length; index++) bytes[start + index] = head[index] ?? 0;
    let at = writeNumber(bytes, start + head.length, seq);
    bytes[at++] = QUOTE;
    bytes[at++] = COMMA;
    at += bytes.write(rest, at);
    bytes[at++] = LINE_FEED;
    return this.#accept(at, limit);
  }

  /** Adds a line as it is; as {@link addNumbered} else. */
  addPlain(line: string, limit: number): boolean {
    if (!this.#reserve(FRAME_BYTES, line)) return false;
    let at = this.#length;
    at += this.#bytes.write(line, at);
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
    this.#bytes = Buffer.allocUnsafeSlow(needed + extra);
    return true;
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

/** Writes a positive integer in decimal digits; returns where it ends. */
function writeNumber(bytes: Uint8Array, start: number, value: number): number {
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits += 1;
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const tenth = Math.floor(rest / 10);
    bytes[at] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return start + digits;
}
