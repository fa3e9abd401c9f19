import type { Clock, ClockTimer } from "../clock.ts";
import type { BoundedQueue } from "./bounded-queue.ts";
import type { OutputSettings } from "./output-options.ts";

/** Knows when the lines of a queue are due: as soon as there are enough for a batch, or they have waited long enough for more. */
export class BatchSchedule {
  readonly #queue: BoundedQueue;
  readonly #clock: Clock;
  /** How many lines ever entered the queue; with the queue's length it gives the number of its head. */
  #entered = 0;
  /** Lines with a lower number go without waiting for more. */
  #dueBefore = 0;
  #delay: ClockTimer | undefined;

  constructor(queue: BoundedQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  /** How many lines ever entered: the number that the next one gets. */
  get entered(): number {
    return this.#entered;
  }

  /** The number of the line at the queue's head. */
  get headNumber(): number {
    return this.#entered - this.#queue.total;
  }

  enter(): void {
    this.#entered += 1;
  }

  /** What is queued now waits for no more to go with it. */
  hurry(): void {
    this.#dueBefore = this.#entered;
  }

  isDue({ maxCount, maxBytes, maxDelayMs }: OutputSettings["batch"]): boolean {
    const { count, bytes } = this.#queue;
    if (count === 0) return false;
    return count >= maxCount || bytes >= maxBytes || maxDelayMs === 0 || this.headNumber < this.#dueBefore;
  }

  /** Has `due` called when what is queued now has waited for `maxDelayMs`; one such wait is under way at most. */
  wait({ maxDelayMs }: OutputSettings["batch"], due: () => void): void {
    if (this.#delay !== undefined || this.#queue.count === 0) return;
    this.#delay = this.#clock.setTimer(() => {
      this.#delay = undefined;
      this.hurry();
      due();
    }, maxDelayMs);
  }

  cancel(): void {
    this.#delay?.cancel();
    this.#delay = undefined;
  }
}
