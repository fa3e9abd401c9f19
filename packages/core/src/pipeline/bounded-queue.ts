import type { JournalLine } from "../line-record.ts";
import type { OutputSettings } from "./output-options.ts";

/** How much a queue may hold. */
export type QueueBounds = Pick<OutputSettings["queue"], "maxCount" | "maxBytes">;

interface WaitingLine {
  readonly line: JournalLine;
  readonly admit: () => void;
}

const COMPACT_AT = 1024;

/**
 * Lines in order, bounded by count and size, and behind them those whose emitters wait for room (bounded likewise). It keeps no
 * account: its owner's ledger does.
 */
export class BoundedQueue {
  #bounds: QueueBounds;
  #lines: (JournalLine | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #waiting: WaitingLine[] = [];
  #waitingBytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  /** Lines within the bounds. */
  get count(): number {
    return this.#lines.length - this.#head;
  }

  /** The size of the lines within the bounds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All lines, with those that wait for room. */
  get total(): number {
    return this.#lines.length - this.#head + this.#waiting.length;
  }

  /** Takes other bounds; what is over them already stays. */
  rebound(bounds: QueueBounds): void {
    this.#bounds = bounds;
    this.#admit();
  }

  /** Whether a line may be pushed now: there is room, and nobody waits for it already. */
  hasRoom(line: JournalLine): boolean {
    return this.#waiting.length === 0 && this.#fits(line);
  }

  /** Whether a line could be pushed if the queue were empty. */
  couldHold(line: JournalLine): boolean {
    return line.size <= this.#bounds.maxBytes;
  }

  push(line: JournalLine): void {
    this.#lines.push(line);
    this.#bytes += line.size;
  }

  /** Whether one more may wait for room. */
  mayWait(line: JournalLine): boolean {
    const { maxCount, maxBytes } = this.#bounds;
    return this.#waiting.length < maxCount && this.#waitingBytes + line.size <= maxBytes;
  }

  /** Puts a line behind those that wait; resolves when it is within the bounds, or was cleared away. */
  wait(line: JournalLine): Promise<void> {
    this.#waitingBytes += line.size;
    return new Promise((resolve) => this.#waiting.push({ line, admit: resolve }));
  }

  /**
   * Takes the oldest out, as few as make room for a line; none where even all would not do, or where others wait for room already: they came
   * first, and what empties the queue under them would leave nobody to let them in.
   */
  evictFor(line: JournalLine): JournalLine[] {
    const evicted: JournalLine[] = [];
    if (this.#waiting.length > 0 || !this.couldHold(line)) return evicted;
    while (!this.#fits(line)) {
      const oldest = this.#lines[this.#head];
      if (oldest === undefined) break;
      this.#lines[this.#head] = undefined;
      this.#bytes -= oldest.size;
      this.#advance(1);
      evicted.push(oldest);
    }
    return evicted;
  }

  /** Takes the oldest lines out, up to both bounds and at least one, and lets those who wait move up. */
  take(maxCount: number, maxBytes: number): JournalLine[] {
    const taken: JournalLine[] = [];
    let bytes = 0;
    for (let at = this.#head; at < this.#lines.length && taken.length < maxCount; at++) {
      const line = this.#lines[at];
      if (line === undefined || (taken.length > 0 && bytes + line.size > maxBytes)) break;
      taken.push(line);
      bytes += line.size;
      this.#lines[at] = undefined;
    }
    this.#bytes -= bytes;
    this.#advance(taken.length);
    this.#admit();
    return taken;
  }

  /** All lines, those that wait for room among them. */
  get lines(): readonly JournalLine[] {
    const within = this.#lines.slice(this.#head).filter((line) => line !== undefined);
    return [...within, ...this.#waiting.map(({ line }) => line)];
  }

  /** Takes everything out; those who wait are let go. */
  clear(): JournalLine[] {
    const lines = this.#lines.slice(this.#head).filter((line) => line !== undefined);
    const waiting = this.#waiting;
    this.#lines = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { line, admit } of waiting) {
      lines.push(line);
      admit();
    }
    return lines;
  }

  #fits(line: JournalLine): boolean {
    return this.count < this.#bounds.maxCount && this.#bytes + line.size <= this.#bounds.maxBytes;
  }

  #admit(): void {
    if (this.#waiting.length === 0) return;
    let admitted = 0;
    for (const { line, admit } of this.#waiting) {
      // An empty queue takes anything: bounds may have been lowered since the line was let in to wait.
      if (!this.#fits(line) && this.count > 0) break;
      this.push(line);
      this.#waitingBytes -= line.size;
      admitted += 1;
      admit();
    }
    this.#waiting.splice(0, admitted);
  }

  /** Slots behind the head are given back in bulk, so that each line is moved at most about once. */
  #advance(count: number): void {
    this.#head += count;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
  }
}
