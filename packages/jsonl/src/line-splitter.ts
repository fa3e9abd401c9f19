import { isUtf8 } from "node:buffer";
import { CARRIAGE_RETURN, DEFAULT_MAX_LINE_BYTES, LINE_FEED } from "./frame.ts";
import { RawLine, type LineTerminator, type RawLineProblem } from "./raw-line.ts";

/** Options of a {@link LineSplitter}. */
export interface LineSplitterOptions {
  /** `lf`: a line feed alone ends a line (the journal). `lf-or-crlf`: so does CR LF; a lone CR stays. Default `lf`. */
  readonly lineEnd?: "lf" | "lf-or-crlf";
  /** Longer lines are reported as `too-long`, with their beginning, and never merged with the next. Default 16 MiB. */
  readonly maxLineBytes?: number;
  /** The offset of the first byte that will be pushed. Default 0. */
  readonly startOffset?: number;
}

/**
 * Cuts a stream of bytes into lines, wherever the borders of its chunks fall. Holds at most `maxLineBytes` of an
 * unfinished line. Lines are views into the chunks: a chunk must not be changed after it was pushed.
 */
export class LineSplitter {
  readonly #takesCrlf: boolean;
  readonly #maxLineBytes: number;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #pendingBytes = 0;
  #lastByte = 0;
  #offset: number;

  constructor(options: LineSplitterOptions = {}) {
    this.#takesCrlf = options.lineEnd === "lf-or-crlf";
    this.#maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
    this.#offset = options.startOffset ?? 0;
  }

  /** Where the unfinished line begins. */
  get lineOffset(): number {
    return this.#offset;
  }

  /** How many bytes of the unfinished line were seen. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The lines that end in this chunk, in order. */
  push(chunk: Uint8Array): RawLine[] {
    const buffer = toBuffer(chunk);
    const lines: RawLine[] = [];
    const first = buffer.indexOf(LINE_FEED);
    if (first < 0) {
      this.#hold(buffer);
      return lines;
    }
    let start = 0;
    if (this.#pendingBytes > 0) {
      this.#hold(buffer.subarray(0, first));
      lines.push(this.#takePending(LINE_FEED));
      start = first + 1;
    }
    const end = buffer.lastIndexOf(LINE_FEED) + 1;
    if (start < end) this.#cut(buffer, start, end, lines);
    if (end < buffer.length) this.#hold(buffer.subarray(end));
    return lines;
  }

  /** The last line, if the source did not end with a line end. Afterwards the splitter is as new, further on. */
  finish(): RawLine | undefined {
    return this.#pendingBytes > 0 ? this.#takePending(undefined) : undefined;
  }

  /** `[start, end)` begins at a line's first byte and ends after a line feed. */
  #cut(buffer: Buffer, start: number, end: number, lines: RawLine[]): void {
    // A line feed is never part of a longer character, so the whole stretch is UTF-8 exactly if each line in it is.
    const allUtf8 = isUtf8(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
    let offset = this.#offset;
    for (let from = start; from < end;) {
      const feed = buffer.indexOf(LINE_FEED, from);
      const isCrlf = this.#takesCrlf && feed > from && buffer[feed - 1] === CARRIAGE_RETURN;
      const stop = isCrlf ? feed - 1 : feed;
      const size = stop - from;
      let kept = stop;
      let problem: RawLineProblem | undefined;
      if (size > this.#maxLineBytes) {
        problem = "too-long";
        kept = from + this.#maxLineBytes;
      } else if (!allUtf8 && !isUtf8(buffer.subarray(from, stop))) {
        problem = "not-utf8";
      }
      lines.push(new RawLine(buffer, from, kept, offset, size, isCrlf ? "\r\n" : "\n", problem));
      offset += feed + 1 - from;
      from = feed + 1;
    }
    this.#offset = offset;
  }

  /** Keeps bytes of a line whose end was not seen yet; past the limit only counts them. */
  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pendingBytes += bytes.length;
    this.#lastByte = bytes[bytes.length - 1] ?? 0;
    const room = this.#maxLineBytes - this.#heldBytes;
    if (room <= 0) return;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#pieces.push(kept);
    this.#heldBytes += kept.length;
  }

  #takePending(end: typeof LINE_FEED | undefined): RawLine {
    const isCrlf = this.#takesCrlf && end === LINE_FEED && this.#lastByte === CARRIAGE_RETURN;
    const terminator: LineTerminator = end === undefined ? "" : isCrlf ? "\r\n" : "\n";
    const size = this.#pendingBytes - (isCrlf ? 1 : 0);
    const [only] = this.#pieces;
    const joined = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    let problem: RawLineProblem | undefined;
    if (size > this.#maxLineBytes) problem = "too-long";
    else if (!isUtf8(joined)) problem = "not-utf8";
    const kept = Math.min(size, this.#maxLineBytes);
    const line = new RawLine(joined, 0, kept, this.#offset, size, terminator, problem);
    this.#offset = line.nextOffset;
    this.#pieces = [];
    this.#heldBytes = 0;
    this.#pendingBytes = 0;
    return line;
  }
}

function toBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
