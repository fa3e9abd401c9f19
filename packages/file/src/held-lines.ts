import { Fifo } from "./fifo.ts";
import { LINE_OVERHEAD_BYTES, type Weighed } from "./line-queue.ts";
import { type BoundPolicy, type Evictable, makeRoom } from "./make-room.ts";

/** What stands for a line that waits. */
export interface HeldLine extends Weighed {
  /** Somebody waits for it: under the policy `block`, those may have as much again as the bound. */
  readonly isAwaited: boolean;
}

/** What a file sink does at the bound of its queue. */
export interface QueueBound extends BoundPolicy {
  readonly maxQueueBytes: number;
}

/**
 * Lines in order, for whoever holds them back from a file sink that is not there yet; up to the bound of that sink's queue, where it does as that queue
 * does. Not in a queue of the same class: that one is compiled for what a running sink puts through it, and a second use makes each of its lines
 * cost a third more (12 ns become 16).
 */
export class HeldLines<Held extends HeldLine> {
  readonly #bound: QueueBound;
  readonly #queue: HeldQueue<Held>;

  constructor(bound: QueueBound) {
    this.#bound = bound;
    this.#queue = new HeldQueue(({ severity }) => bound.keep !== undefined && severity < bound.keep);
  }

  get count(): number {
    return this.#queue.count;
  }

  /** Takes a line where there is, or can be made, room for it. Gives whether it did, and the lines that had to go. */
  offer(held: Held): { readonly isTaken: boolean; readonly evicted: readonly Held[] } {
    const { maxQueueBytes, queuePolicy } = this.#bound;
    const maxBytes = held.isAwaited && queuePolicy === "block" ? 2 * maxQueueBytes : maxQueueBytes;
    const evicted = makeRoom(this.#queue, held, maxBytes, this.#bound);
    if (evicted === undefined) return { isTaken: false, evicted: [] };
    this.#queue.push(held);
    return { isTaken: true, evicted: [...evicted.low, ...evicted.oldest] };
  }

  /** Gives all, in order, and is empty. */
  takeAll(): readonly Held[] {
    return this.#queue.drop(() => true);
  }
}

/** Lines in order, and what they take. */
class HeldQueue<Held extends Weighed> implements Evictable<Held> {
  readonly #isLow: (held: Held) => boolean;
  readonly #lines = new Fifo<Held>();
  count = 0;
  size = 0;
  lowSize = 0;

  constructor(isLow: (held: Held) => boolean) {
    this.#isLow = isLow;
  }

  fits(held: Held, maxBytes: number): boolean {
    return this.size + weightOf(held) <= maxBytes;
  }

  push(held: Held): void {
    this.#lines.push(held);
    this.#count(held, 1);
  }

  shift(): Held | undefined {
    const { first } = this.#lines;
    this.#lines.shift();
    if (first !== undefined) this.#count(first, -1);
    return first;
  }

  dropLow(size: number): readonly Held[] {
    const enough = this.size - size;
    return this.drop((held) => this.size > enough && this.#isLow(held));
  }

  drop(is: (held: Held) => boolean): readonly Held[] {
    return this.#lines.takeAll((held) => {
      const isGone = is(held);
      if (isGone) this.#count(held, -1);
      return isGone;
    });
  }

  #count(held: Held, sign: 1 | -1): void {
    const weight = sign * weightOf(held);
    this.count += sign;
    this.size += weight;
    if (this.#isLow(held)) this.lowSize += weight;
  }
}

function weightOf({ size }: Weighed): number {
  return size + LINE_OVERHEAD_BYTES;
}
