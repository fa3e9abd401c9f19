import type { Durability } from "./journal.ts";
import type { EventLine } from "./event.ts";
import type { JournalLine } from "./line-record.ts";

/** Options of an {@link EventRing}. */
export interface EventRingOptions {
  readonly epoch: string;
  /** How much of what has reached `written` is kept for subscribers, by {@link EventLine.size}. */
  readonly retainBytes: number;
}

/**
 * The allocator of a journal's ids, and its recent lines in memory. The writer feeds it; subscribers read it.
 *
 * A line that is committed but not yet `written` is never evicted, so `floor` is never above the last written number + 1
 * and a reader that falls off the ring finds the rest on disk.
 */
export class EventRing {
  readonly epoch: string;
  readonly #retainBytes: number;
  #lines: JournalLine[] = [];
  #head = 0;
  #bytes = 0;
  #floor = 1;
  #tip = 0;
  #written = 0;
  #fsynced = 0;
  #waiting: (() => void)[] = [];
  #readers = 0;

  constructor(options: EventRingOptions) {
    this.epoch = options.epoch;
    this.#retainBytes = options.retainBytes;
  }

  /** The last number given out; 0 before the first. */
  get tip(): number {
    return this.#tip;
  }

  /** The lowest number still held; `tip + 1` when nothing is. */
  get floor(): number {
    return this.#floor;
  }

  /** The last number that has reached the class. */
  reached(durability: Durability): number {
    return durability === "buffered" ? this.#tip : durability === "written" ? this.#written : this.#fsynced;
  }

  /** Gives the line the next number and holds it. Called under the journal's gate, in the order of the file. */
  commit(line: JournalLine): number {
    const seq = this.#tip + 1;
    line.number(this.epoch, seq);
    this.#tip = seq;
    this.#lines.push(line);
    this.#bytes += line.size;
    return seq;
  }

  /** Says that all up to `seq` has reached the class, and wakes those who wait. `fsynced` implies `written`. */
  advance(durability: "written" | "fsynced", seq: number): void {
    if (durability === "fsynced" && seq > this.#fsynced) this.#fsynced = seq;
    if (seq > this.#written) this.#written = seq;
    this.#evict();
    this.#wake();
  }

  /** Takes back the numbers above `seq`, of lines that could not be written and are dropped. Never below `written`. */
  retract(seq: number): void {
    const keep = Math.max(seq, this.#written);
    while (this.#tip > keep) {
      const line = this.#lines.pop();
      if (line !== undefined) this.#bytes -= line.size;
      this.#tip -= 1;
    }
    if (this.#floor > this.#tip + 1) this.#floor = this.#tip + 1;
  }

  /** Lines after `seq` that have reached the class, in order; empty when there are none or they fell off the ring. */
  read(seq: number, durability: Durability, maxCount: number): readonly EventLine[] {
    const last = Math.min(this.reached(durability), seq + maxCount);
    if (seq + 1 < this.#floor || last <= seq) return [];
    const start = this.#head + (seq + 1 - this.#floor);
    return this.#lines.slice(start, start + (last - seq));
  }

  /** While at least one reader is attached, lines are kept up to the bound; without any, only what is not yet written. */
  attach(): Disposable {
    this.#readers += 1;
    let attached = true;
    return {
      [Symbol.dispose]: () => {
        if (!attached) return;
        attached = false;
        this.#readers -= 1;
        this.#evict();
      },
    };
  }

  /**
   * Resolves at the next `advance`. Take the promise in the same tick in which you looked at `reached`, and no wake-up
   * is missed.
   */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #evict(): void {
    const bound = this.#readers > 0 ? this.#retainBytes : 0;
    while (this.#floor <= this.#written && this.#bytes > bound) {
      const line = this.#lines[this.#head];
      if (line === undefined) break;
      this.#bytes -= line.size;
      this.#head += 1;
      this.#floor += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
  }
}
