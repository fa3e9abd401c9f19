import type { JournalLine } from "@plumbline/core";
import { LINE_OVERHEAD_BYTES } from "@plumbline/file";
import type { JournalConfig } from "../config/config.ts";

/** A line that waits, and what becomes of it. */
export interface HeldLine {
  readonly line: JournalLine;
  /** Somebody waits for it: under the policy `block`, those may have as much again as the bound. */
  readonly isAwaited: boolean;
}

/** What a journal does at the bound of its queue. */
export type QueueBound = Pick<JournalConfig, "maxQueueBytes" | "queuePolicy" | "keep">;

/** At the bound, this part of it is freed of low lines at once, so that not every line scans all. */
const EVICTED_PART = 1 / 16;

/** Lines in order, up to the bound of a journal's queue; there it does as that queue does. */
export class HeldLines<Held extends HeldLine> {
  readonly #bound: QueueBound;
  /** From the head on; the slots before it are empty. */
  #lines: (Held | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #lowCount = 0;

  constructor(bound: QueueBound) {
    this.#bound = bound;
  }

  get count(): number {
    return this.#lines.length - this.#head;
  }

  /** Takes a line where there is, or can be made, room for it. Gives whether it did, and the lines that had to go. */
  offer(held: Held): { readonly isTaken: boolean; readonly evicted: readonly Held[] } {
    const { maxQueueBytes, queuePolicy } = this.#bound;
    const maxBytes = held.isAwaited && queuePolicy === "block" ? 2 * maxQueueBytes : maxQueueBytes;
    const fits = (bytes: number): boolean => this.#bytes + weightOf(held) <= bytes;
    const hasRoom = fits(maxBytes);
    const evicted = hasRoom ? [] : this.#makeRoom(held, maxBytes);
    // One that is larger than the bound goes where nothing else waits.
    const isTaken = hasRoom || this.count === 0 || fits(maxBytes);
    if (isTaken) {
      this.#lines.push(held);
      this.#count(held, 1);
    }
    return { isTaken, evicted };
  }

  /** Gives all, in order, and is empty. */
  takeAll(): readonly Held[] {
    const all = this.#waiting();
    this.#lines = [];
    this.#head = this.#bytes = this.#lowCount = 0;
    return all;
  }

  #makeRoom(held: Held, maxBytes: number): readonly Held[] {
    const { queuePolicy } = this.#bound;
    const isLow = this.#isLow(held);
    const weight = weightOf(held);
    const evicted: Held[] = [];
    if (this.#lowCount > 0 && (!isLow || queuePolicy === "drop-oldest")) {
      const needed = Math.max(this.#bytes + weight - maxBytes, maxBytes * EVICTED_PART);
      evicted.push(...this.#evictLow(needed));
    }
    if (queuePolicy !== "drop-oldest" || isLow) return evicted;
    while (this.count > 0 && this.#bytes + weight > maxBytes) {
      const oldest = this.#lines[this.#head];
      if (oldest === undefined) break;
      // A line that has left must not stay reachable.
      this.#lines[this.#head] = undefined;
      this.#head += 1;
      this.#count(oldest, -1);
      evicted.push(oldest);
    }
    // A copy for every line would cost more than the lines.
    if (this.#head * 2 >= this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return evicted;
  }

  /** Low lines, the oldest first, until so many bytes are freed or none is left. */
  #evictLow(bytes: number): readonly Held[] {
    const evicted: Held[] = [];
    const kept: Held[] = [];
    let freed = 0;
    for (const held of this.#waiting()) {
      if (freed >= bytes || !this.#isLow(held)) kept.push(held);
      else {
        freed += weightOf(held);
        this.#count(held, -1);
        evicted.push(held);
      }
    }
    this.#lines = kept;
    this.#head = 0;
    return evicted;
  }

  #waiting(): readonly Held[] {
    return this.#lines.slice(this.#head).filter((held) => held !== undefined);
  }

  #isLow({ line }: Held): boolean {
    const { keep } = this.#bound;
    return keep !== undefined && line.severity < keep;
  }

  #count(held: Held, sign: 1 | -1): void {
    this.#bytes += sign * weightOf(held);
    if (this.#isLow(held)) this.#lowCount += sign;
  }
}

function weightOf({ line }: HeldLine): number {
  return line.size + LINE_OVERHEAD_BYTES;
}
