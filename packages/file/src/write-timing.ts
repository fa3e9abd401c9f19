import type { Clock, ClockTimer } from "@plumbline/core";

/** The interval while a subscriber waits for the next line: no longer than it takes until readers are woken again. */
const URGENT_MS = 2;

/**
 * Decides when queued lines are handed to the file. The first after a pause goes as soon as the event loop turns, so that
 * an idle service's line is on disk at once; those that follow gather for an interval, so that a busy one writes no more
 * than once in it, or a whole chunk. Who waits for a line makes it go at once; a subscriber at the present makes the interval short.
 */
export class WriteTiming {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #isUrgent: () => boolean;
  readonly #go: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;
  /** When the timer fires. */
  #dueMs = 0;
  #isImmediate = false;

  constructor(clock: Clock, intervalMs: number, isUrgent: () => boolean, go: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#isUrgent = isUrgent;
    this.#go = go;
  }

  /** Something is queued; `isWaitedFor` says whether somebody waits for it. */
  request(isWaitedFor: boolean): void {
    if (this.#isImmediate) return;
    const intervalMs = this.#isUrgent() ? Math.min(URGENT_MS, this.#intervalMs) : this.#intervalMs;
    const dueMs = this.#lastMs + intervalMs;
    if (!isWaitedFor && this.#timer !== undefined && dueMs >= this.#dueMs) return;
    const waitMs = isWaitedFor ? 0 : dueMs - this.#clock.monotonicMs();
    this.cancel();
    if (waitMs > 0) {
      this.#dueMs = dueMs;
      this.#timer = this.#clock.setTimer(() => this.#fire(), waitMs);
      return;
    }
    this.#isImmediate = true;
    setImmediate(() => {
      if (this.#isImmediate) this.#fire();
    });
  }

  /** A subscriber has come to the present: what gathers goes by the short interval. */
  hurry(): void {
    if (this.#timer !== undefined) this.request(false);
  }

  /** It has gone by another way. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isImmediate = false;
  }

  #fire(): void {
    this.cancel();
    this.#lastMs = this.#clock.monotonicMs();
    this.#go();
  }
}
