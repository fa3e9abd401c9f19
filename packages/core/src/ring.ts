import type { Durability } from "./durability.ts";
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
  /** The line of number n stands at `#head + n - #floor`; slots before the head are given up. */
  #lines: (JournalLine | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #floor = 1;
  #tip = 0;
  #written = 0;
  #fsynced = 0;
  #readers = 0;
  #change: { readonly promise: Promise<void>; readonly wake: () => void } | undefined;

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

  /** Says that all up to `seq` has reached the class, and wakes those who wait. `fsynced` implies `written`. Never goes back. */
  advance(durability: "written" | "fsynced", seq: number): void {
    const reached = Math.min(seq, this.#tip);
    if (durability === "fsynced" && reached > this.#fsynced) this.#fsynced = reached;
    if (reached > this.#written) this.#written = reached;
    this.#evict();
    this.#wake();
  }

  /**
   * Takes back the numbers above `seq`, of lines that could not be written and are dropped; they are given out again. Never below
   * `written`: only who reads at `buffered` can have seen them.
   */
  retract(seq: number): void {
    const keep = Math.max(seq, this.#written);
    while (this.#tip > keep) {
      const line = this.#lines.pop();
      if (line !== undefined) this.#bytes -= line.size;
      this.#tip -= 1;
    }
  }

  /**
   * Up to `maxCount` lines after `seq` that have reached the class, in order; empty when there are none or they fell off the ring
   * (`seq + 1 < floor`).
   */
  read(seq: number, durability: Durability, maxCount: number): readonly EventLine[] {
    const last = Math.min(this.reached(durability), seq + maxCount);
    const lines: EventLine[] = [];
    if (seq + 1 < this.#floor) return lines;
    for (let next = seq + 1; next <= last; next++) {
      const line = this.#lines[this.#head + (next - this.#floor)];
      if (line !== undefined) lines.push(line);
    }
    return lines;
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
   * Resolves at the next `advance`; all who ask before it get the same promise. Take it in the same tick in which you looked at
   * `reached`, and no wake-up is missed.
   */
  changed(): Promise<void> {
    if (this.#change === undefined) {
      let wake = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        wake = resolve;
      });
      this.#change = { promise, wake };
    }
    return this.#change.promise;
  }

  #wake(): void {
    const change = this.#change;
    this.#change = undefined;
    change?.wake();
  }

  #evict(): void {
    const bound = this.#readers > 0 ? this.#retainBytes : 0;
    while (this.#floor <= this.#written && this.#bytes > bound) {
      const line = this.#lines[this.#head];
      if (line === undefined) break;
      this.#lines[this.#head] = undefined; // a line may be megabytes; it must not wait for the slots to be given back
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
