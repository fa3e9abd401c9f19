import { isUtf8 } from "node:buffer";
import type { EventId } from "@plumbline/core";
import { DEFAULT_MAX_LINE_BYTES, ID_PEEK_BYTES, LINE_FEED, peekEventId } from "@plumbline/jsonl";
import { DiskLine } from "./disk-line.ts";

/** How far a run of lines may go. */
export interface RunBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
  /** The last number that may be given. */
  readonly lastSeq: number;
}

const EMPTY = Buffer.alloc(0);
const NUL = 0;
const QUOTE = 0x22;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const ZERO = 0x30;

/**
 * Cuts a buffer into lines and reads their ids where the writer puts them, at the very beginning. No line is decoded or parsed for it.
 * Holds one buffer.
 */
export class LineScanner {
  #buffer: Buffer = EMPTY;
  /** Where the next line begins. */
  #from = 0;
  /** Where the last whole line of the buffer ends. */
  #end = 0;
  /** Whether all of it is UTF-8 without NUL, so that no line has to be looked at for that. */
  #isClean = true;
  /** A line longer than any of ours: what follows up to its end is dropped. */
  #isInLongLine = false;
  /** The head that lines of the present epoch have. */
  #epoch = "";
  #head: Buffer = EMPTY;
  /** The same, four bytes at a time, as far as that goes. */
  #headWords: readonly number[] = [];
  #view: DataView = viewOf(EMPTY);

  /** What no line end has come for. */
  get leftover(): Buffer {
    return this.#buffer.subarray(this.#from);
  }

  /** Whether a line is there that was not taken yet. */
  get hasLine(): boolean {
    return this.#from < this.#end;
  }

  /** Takes a buffer that begins with the {@link leftover}. Says whether a line was given up because it is too long. */
  load(buffer: Buffer): boolean {
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
    this.#from = 0;
    this.#end = buffer.lastIndexOf(LINE_FEED) + 1;
    if (this.#isInLongLine) {
      const feed = buffer.indexOf(LINE_FEED);
      this.#isInLongLine = feed < 0;
      this.#from = feed < 0 ? buffer.length : feed + 1;
      this.#end = Math.max(this.#end, this.#from);
    }
    const isTooLong = this.#end === 0 && buffer.length > DEFAULT_MAX_LINE_BYTES;
    if (isTooLong) {
      this.#isInLongLine = true;
      this.#from = this.#end = buffer.length;
    }
    const lines = buffer.subarray(this.#from, this.#end);
    this.#isClean = isUtf8(lines) && !lines.includes(NUL);
    return isTooLong;
  }

  /** The lines that come next with the numbers `seq`, `seq + 1` … of the epoch, as long as nothing else comes between. */
  takeRun(epoch: string, seq: number, bounds: RunBounds): DiskLine[] {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      const head = Buffer.from(`{"id":"${epoch}:`, "latin1");
      this.#head = head;
      this.#headWords = Array.from({ length: head.length >> 2 }, (_, at) => head.readUInt32BE(4 * at));
    }
    const lines: DiskLine[] = [];
    const buffer = this.#buffer;
    const end = this.#end;
    const { maxBytes } = bounds;
    const last = Math.min(bounds.lastSeq, seq + bounds.maxCount - 1);
    let from = this.#from;
    let bytes = 0;
    for (let next = seq; next <= last && from < end; next++) {
      const feed = buffer.indexOf(LINE_FEED, from);
      if (!this.#isLineOf(next, from, feed)) break;
      bytes += feed - from;
      if (bytes > maxBytes && lines.length > 0) break;
      lines.push(new DiskLine(buffer, from, feed, epoch, next));
      from = feed + 1;
    }
    this.#from = from;
    return lines;
  }

  /** What the next line is: its id, `damaged` for what is no event's line with an id, `undefined` when the buffer is at its end. */
  peek(): EventId | "damaged" | undefined {
    if (this.#from >= this.#end) return undefined;
    const start = this.#from;
    const feed = this.#buffer.indexOf(LINE_FEED, start);
    if (!this.#isWhole(start, feed)) return "damaged";
    const head = this.#buffer.toString("latin1", start, Math.min(feed, start + ID_PEEK_BYTES));
    return peekEventId(head) ?? "damaged";
  }

  /** Goes past the next line. */
  skip(): void {
    this.#from = this.#buffer.indexOf(LINE_FEED, this.#from) + 1;
  }

  #isLineOf(seq: number, start: number, feed: number): boolean {
    const buffer = this.#buffer;
    const head = this.#head;
    const words = this.#headWords;
    if (start + head.length > buffer.length) return false;
    for (let at = 0; at < words.length; at++) {
      if (this.#view.getUint32(start + 4 * at) !== words[at]) return false;
    }
    for (let at = 4 * words.length; at < head.length; at++) if (buffer[start + at] !== head[at]) return false;
    let at = start + head.length;
    if (buffer[at] === ZERO) return false;
    let found = 0;
    for (; at < feed; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      found = found * 10 + digit;
    }
    return found === seq && buffer[at] === QUOTE && this.#isWhole(start, feed);
  }

  /** Whether a line has the shape of an object in UTF-8. */
  #isWhole(start: number, feed: number): boolean {
    if (this.#buffer[start] !== BRACE_OPEN || this.#buffer[feed - 1] !== BRACE_CLOSE) return false;
    if (this.#isClean) return true;
    const line = this.#buffer.subarray(start, feed);
    return isUtf8(line) && !line.includes(NUL);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
