import { type Chunk, countLines, endOfWholeLines } from "./chunk.ts";
import type { LineSource } from "./line-source.ts";

/** A chunk on its way into the file, and how far it has come. */
export class Flight {
  readonly chunk: Chunk;
  readonly source: LineSource;
  /** Bytes that are in the file, as far as is known. */
  written = 0;
  readonly #firstSeq: number;
  #position: number;
  #settled = 0;
  #settledCount = 0;

  constructor(chunk: Chunk, source: LineSource, position: number, firstSeq: number) {
    this.chunk = chunk;
    this.source = source;
    this.#position = position;
    this.#firstSeq = firstSeq;
  }

  /** Where the chunk's first byte belongs in the file. */
  get position(): number {
    return this.#position;
  }

  /** Where the chunk ends in the file. */
  get end(): number {
    return this.#position + this.chunk.length;
  }

  /** Where its last settled line ends in the file: up to here it is whole. */
  get wholeEnd(): number {
    return this.#position + this.#settled;
  }

  /** Puts what is not settled at the end of the file as it is now: others may have cut it short meanwhile. */
  moveTo(fileSize: number): void {
    this.#position = fileSize - this.#settled;
  }

  get isComplete(): boolean {
    return this.written >= this.chunk.length;
  }

  /** The number of the last settled line, or of the one before the first. */
  get settledSeq(): number {
    return this.#firstSeq + this.#settledCount - 1;
  }

  /** Lines that are not settled. */
  get unsettledCount(): number {
    return this.chunk.count - this.#settledCount;
  }

  /** Takes note of every whole line that is in the file; gives how many are new. What is there of the next one counts for nothing. */
  settle(): number {
    const settled = this.isComplete ? this.chunk.length : endOfWholeLines(this.chunk.bytes, this.written);
    this.written = settled;
    if (settled <= this.#settled) return 0;
    const count = this.isComplete ? this.unsettledCount : countLines(this.chunk.bytes, this.#settled, settled);
    this.#settled = settled;
    this.#settledCount += count;
    return count;
  }

  giveUp(error: Error): void {
    this.source.lost(this.unsettledCount, error);
  }
}
