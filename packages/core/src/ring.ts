import type { Clock, ClockTimer } from "./clock.ts";
import type { Durability } from "./durability.ts";
import type { EventLine } from "./event.ts";
import type { JournalLine, NumberedBytes } from "./line-record.ts";
import { ReaderPlaces } from "./reader-places.ts";

/** Options of an {@link EventRing}. */
export interface EventRingOptions {
  readonly epoch: string;
  /** How much of what has reached `written` is kept for subscribers that have not read it yet, by {@link EventLine.size}. */
  readonly retainBytes: number;
  /** With it, readers are woken no more often than every 2 ms: what they do then is shared by all that was committed meanwhile. */
  readonly clock?: Clock | undefined;
}

const WAKE_EVERY_MS = 2;
/** Who has waited counts as waiting for so many `advance` more: it is handling what came, and will ask again. */
const URGENT_FOR = 2;

/** Empty slots that are kept for the next lines. */
const MAX_KEPT_SLOTS = 8192;
/** So much is kept, within the bound, of what all readers have gone past: for one that comes back. More would grow old, and be moved twice by the collector. */
const PASSED_BYTES = 256 * 1024;

/** A reader that is attached to a ring. */
export interface RingAttachment extends Disposable {
  /** It asks for nothing up to this number any more. Until it says so, lines are kept for it up to the bound. */
  passed(seq: number): void;
}

interface LastRead {
  readonly seq: number;
  readonly last: number;
  readonly maxBytes: number;
  readonly lines: readonly EventLine[];
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
  readonly #clock: Clock | undefined;
  /** The line of number n stands at `#head + n - #floor`; the slots around are empty. Kept when no line is: growing anew with every batch has its price. */
  #lines: (JournalLine | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #floor = 1;
  #tip = 0;
  #written = 0;
  #fsynced = 0;
  readonly #readers = new ReaderPlaces();
  /** More than 0: somebody waits who wants each line as soon as it can be had. */
  #urgency = 0;
  #tellUrgent: () => void = () => undefined;
  #isEnded = false;
  #wokenMs = Number.NEGATIVE_INFINITY;
  #wakeTimer: ClockTimer | undefined;
  #change: { readonly promise: Promise<void>; readonly wake: () => void } | undefined;
  /** What was read last: readers that keep up ask for the same lines one after the other, and get the same array. */
  #lastRead: LastRead | undefined;

  constructor(options: EventRingOptions) {
    this.epoch = options.epoch;
    this.#retainBytes = options.retainBytes;
    this.#clock = options.clock;
  }

  /** The last number given out; 0 before the first. */
  get tip(): number {
    return this.#tip;
  }

  /** The lowest number still held; `tip + 1` when nothing is. */
  get floor(): number {
    return this.#floor;
  }

  /** Whether somebody is attached, and nobody who is has more than so many lines before him. */
  isReadWithin(count: number): boolean {
    return this.#readers.count > 0 && this.#tip - this.#readers.lowest <= count;
  }

  /** The last number that has reached the class. */
  reached(durability: Durability): number {
    return durability === "buffered" ? this.#tip : durability === "written" ? this.#written : this.#fsynced;
  }

  /** Gives the line the next number and holds it. Called under the journal's gate, in the order of the file. `bytes`: where it stands as bytes for a while. */
  commit(line: JournalLine, bytes?: NumberedBytes): number {
    const seq = this.#tip + 1;
    line.number(this.epoch, seq, bytes);
    this.#tip = seq;
    this.#lines[this.#head + seq - this.#floor] = line;
    if (this.#readers.count > 0) this.#bytes += line.size;
    return seq;
  }

  /** Says that all up to `seq` has reached the class, and wakes those who wait. `fsynced` implies `written`. Never goes back. */
  advance(durability: "written" | "fsynced", seq: number): void {
    const reached = Math.min(seq, this.#tip);
    if (durability === "fsynced" && reached > this.#fsynced) this.#fsynced = reached;
    if (reached > this.#written) this.#written = reached;
    this.#evict();
    if (this.#change !== undefined) this.#wakeInTime();
    else if (this.#urgency > 0) this.#urgency -= 1;
  }

  /** Whether a reader at the present waits for the next line and for nothing else: then a writer does not let lines gather for long. */
  get isUrgent(): boolean {
    return this.#urgency > 0;
  }

  /** Has the writer told, in the tick in which it comes true, that {@link isUrgent} does. There is one writer: the last call counts. */
  whenUrgent(tell: () => void): void {
    this.#tellUrgent = tell;
  }

  /**
   * Takes back the numbers above `seq`, of lines that could not be written and are dropped; they are given out again. Never below
   * `written`: only who reads at `buffered` can have seen them.
   */
  retract(seq: number): void {
    const keep = Math.max(seq, this.#written);
    this.#lastRead = undefined;
    while (this.#tip > keep) {
      const place = this.#head + this.#tip - this.#floor;
      const line = this.#lines[place];
      this.#lines[place] = undefined;
      if (line !== undefined && this.#readers.count > 0) this.#bytes -= line.size;
      this.#tip -= 1;
    }
  }

  /**
   * Up to `maxCount` lines after `seq` that have reached the class, in order, and up to `maxBytes` of them by their size, but at least one; empty
   * when there are none or they fell off the ring (`seq + 1 < floor`). Not to be changed: others may get the same array.
   */
  read(
    seq: number,
    durability: Durability,
    maxCount: number,
    maxBytes: number = Number.POSITIVE_INFINITY,
  ): readonly EventLine[] {
    if (seq + 1 < this.#floor) return [];
    const last = Math.min(this.reached(durability), seq + maxCount);
    const before = this.#lastRead;
    if (before?.seq === seq && before.last === last && before.maxBytes === maxBytes) return before.lines;
    const lines: EventLine[] = [];
    let bytes = 0;
    for (let next = seq + 1; next <= last; next++) {
      const line = this.#lines[this.#head + (next - this.#floor)];
      if (line === undefined) break;
      bytes += line.size;
      if (bytes > maxBytes && lines.length > 0) break;
      lines.push(line);
    }
    this.#lastRead = lines.length === 0 ? undefined : { seq, last, maxBytes, lines };
    return lines;
  }

  /** Says that nothing will be added any more, because the journal is closed, and wakes those who wait. */
  end(): void {
    this.#isEnded = true;
    this.#lastRead = undefined;
    this.#wake();
  }

  /** Whether the journal is closed: what is here is all there will be. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * While at least one reader is attached, lines that not all of them have passed are kept up to the bound, and a little of what all have; without
   * any, only what is not yet written.
   */
  attach(): RingAttachment {
    const place = this.#readers.add();
    if (this.#readers.count === 1) this.#weigh();
    return {
      passed: (seq) => {
        if (this.#readers.move(place, seq)) this.#evict();
      },
      [Symbol.dispose]: () => {
        if (!this.#readers.remove(place)) return;
        if (this.#readers.count === 0) {
          this.#lastRead = undefined;
          this.#urgency = 0;
        }
        this.#evict();
      },
    };
  }

  /**
   * Resolves at the next `advance`, or shortly after; all who ask before it get the same promise. Take it in the same tick in which you looked at
   * `reached`, and no wake-up is missed. With `isUrgent` the journal is told that each line is wanted as soon as it can be had.
   */
  changed(isUrgent: boolean = false): Promise<void> {
    if (isUrgent) {
      const isNew = this.#urgency === 0;
      this.#urgency = URGENT_FOR;
      if (isNew) this.#tellUrgent();
    }
    if (this.#change === undefined) {
      let wake = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        wake = resolve;
      });
      this.#change = { promise, wake };
    }
    return this.#change.promise;
  }

  #wakeInTime(): void {
    const sinceMs = (this.#clock?.monotonicMs() ?? Number.POSITIVE_INFINITY) - this.#wokenMs;
    if (sinceMs >= WAKE_EVERY_MS) this.#wake();
    else this.#wakeTimer ??= this.#clock?.setTimer(() => this.#wake(), WAKE_EVERY_MS - sinceMs);
  }

  #wake(): void {
    this.#wakeTimer?.cancel();
    this.#wakeTimer = undefined;
    this.#wokenMs = this.#clock?.monotonicMs() ?? Number.NEGATIVE_INFINITY;
    const change = this.#change;
    this.#change = undefined;
    change?.wake();
  }

  /** Without readers nobody asks for a bound, and sizes are not counted: each costs a look at the text. */
  #weigh(): void {
    this.#bytes = 0;
    for (let at = this.#head; at < this.#lines.length; at++) this.#bytes += this.#lines[at]?.size ?? 0;
  }

  #evict(): void {
    const { count, lowest } = this.#readers;
    const passedBytes = Math.min(PASSED_BYTES, this.#retainBytes);
    while (this.#floor <= this.#written) {
      if (count > 0 && this.#bytes <= (this.#floor <= lowest ? passedBytes : this.#retainBytes)) break;
      const line = this.#lines[this.#head];
      if (line === undefined) break;
      this.#lines[this.#head] = undefined; // a line may be megabytes; it must not wait for the slots to be given back
      if (count > 0) this.#bytes -= line.size;
      this.#head += 1;
      this.#floor += 1;
    }
    if (this.#floor > this.#tip) {
      if (this.#lines.length > MAX_KEPT_SLOTS) this.#lines = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
  }
}
