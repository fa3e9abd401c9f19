/** What ended a line; empty for a last line that nothing ended. */
export type LineTerminator = "\n" | "\r\n" | "";

/**
 * Why a line is not given as text.
 * - `too-long`: over the reader's limit. Its end was found; `bytes` holds its beginning, `size` its whole length.
 * - `not-utf8`: its bytes are no UTF-8; `bytes` holds all of them.
 */
export type RawLineProblem = "too-long" | "not-utf8";

/** A stretch of bytes between two line ends. */
export class RawLine {
  /** Where its first byte stands in the source. */
  readonly offset: number;
  /** Its length in bytes, without its end. */
  readonly size: number;
  readonly terminator: LineTerminator;
  readonly problem: RawLineProblem | undefined;
  readonly #chunk: Buffer;
  readonly #start: number;
  readonly #stop: number;

  /** The line is `chunk[start, stop)`; only a `too-long` one is larger than that. */
  constructor(
    chunk: Buffer,
    start: number,
    stop: number,
    offset: number,
    size: number,
    terminator: LineTerminator,
    problem: RawLineProblem | undefined,
  ) {
    this.#chunk = chunk;
    this.#start = start;
    this.#stop = stop;
    this.offset = offset;
    this.size = size;
    this.terminator = terminator;
    this.problem = problem;
  }

  /** Its bytes without its end: a view into the chunk that was read, for as long as the caller keeps it. */
  get bytes(): Buffer {
    return this.#chunk.subarray(this.#start, this.#stop);
  }

  /** Its text. What is no UTF-8 comes out as U+FFFD: look at `problem` first. */
  get text(): string {
    return this.#chunk.toString("utf8", this.#start, this.#stop);
  }

  /** Where the next line begins. */
  get nextOffset(): number {
    return this.offset + this.size + this.terminator.length;
  }

  /** The byte at `index` of {@link bytes}, without making the view. */
  byteAt(index: number): number | undefined {
    const at = this.#start + index;
    return index >= 0 && at < this.#stop ? this.#chunk[at] : undefined;
  }
}
