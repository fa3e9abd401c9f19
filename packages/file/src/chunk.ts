import type { LineHead } from "./line-head.ts";

/** What one write() hands over at most, but for a line that is larger by itself. */
export const CHUNK_BYTES: number = 256 * 1024;

const LINE_FEED = 0x0a;
/** UTF-8 takes at most three bytes for one UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Up to here a call of the encoder costs more than joining lines to make one call of many. */
const MAX_JOINED = 640;
const JOINED_UNITS = 8192;

/**
 * Whole lines as bytes, ready for one write. Short ones are joined and encoded together; a long one is encoded straight into the
 * buffer: joined, it would be copied twice more.
 */
export class Chunk {
  #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly #own = this.#bytes;
  #view: DataView = viewOf(this.#bytes);
  #length = 0;
  #count = 0;
  /** Lines that are in it and not encoded yet; there is room for them whatever they hold. */
  #joined = "";

  /** The buffer; only its first {@link length} bytes count. */
  get bytes(): Buffer {
    if (this.#joined !== "") this.#encode();
    return this.#bytes;
  }

  get length(): number {
    if (this.#joined !== "") this.#encode();
    return this.#length;
  }

  /** Lines in it. */
  get count(): number {
    return this.#count;
  }

  /** Empties it. The buffer of a single large line is let go. */
  clear(): void {
    if (this.#bytes !== this.#own) this.#use(this.#own);
    this.#length = 0;
    this.#count = 0;
    this.#joined = "";
  }

  /**
   * Adds a line's head with its number and the rest of it, unless the chunk is full or would become longer than `limit`.
   * An empty chunk grows for a line of any length. Says whether it was added.
   */
  addNumbered(head: LineHead, seq: number, rest: string, limit: number): boolean {
    if (rest.length <= MAX_JOINED && this.#join(head.text(seq), rest, limit)) return true;
    if (!this.#reserve(head.maxBytes + 1, rest)) return false;
    return this.#add(head.write(this.#view, this.#length, seq), rest, limit);
  }

  /** Adds a line as it is; as {@link addNumbered} else. */
  addPlain(line: string, limit: number): boolean {
    if (line.length <= MAX_JOINED && this.#join("", line, limit)) return true;
    return this.#reserve(1, line) && this.#add(this.#length, line, limit);
  }

  /** Says whether the line fits whatever it holds; then it is joined to others. */
  #join(start: string, rest: string, limit: number): boolean {
    const joined = `${this.#joined}${start}${rest}\n`;
    if (this.#length + joined.length * MAX_BYTES_PER_UNIT > Math.min(limit, this.#bytes.length)) return false;
    this.#joined = joined;
    this.#count += 1;
    if (joined.length >= JOINED_UNITS) this.#encode();
    return true;
  }

  #add(start: number, rest: string, limit: number): boolean {
    let at = start;
    at += this.#bytes.write(rest, at);
    this.#bytes[at++] = LINE_FEED;
    if (at > limit) return false;
    this.#length = at;
    this.#count += 1;
    return true;
  }

  #encode(): void {
    this.#length += this.#bytes.write(this.#joined, this.#length);
    this.#joined = "";
  }

  /** Makes sure that `extra` bytes and the text fit in behind what is there. */
  #reserve(extra: number, text: string): boolean {
    if (this.#joined !== "") this.#encode();
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
