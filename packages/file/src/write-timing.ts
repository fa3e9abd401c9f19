import type { Clock, ClockTimer } from "@plumbline/core";

/**
 * Decides when queued lines are handed to the file. The first after a pause goes as soon as the event loop turns, so that
 * an idle service's line is on disk at once; those that follow gather for an interval, so that a busy one writes no more
 * than once in it, or a whole chunk. Who waits for a line makes it go at once.
 */
export class WriteTiming {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #go: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;
  #isImmediate = false;

  constructor(clock: Clock, intervalMs: number, go: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#go = go;
  }

  /** Something is queued; `isWaitedFor` says whether somebody waits for it. */
  request(isWaitedFor: boolean): void {
    if (this.#isImmediate) return;
    const waitMs = isWaitedFor ? 0 : this.#lastMs + this.#intervalMs - this.#clock.monotonicMs();
    if (waitMs > 0) {
      this.#timer ??= this.#clock.setTimer(() => this.#fire(), waitMs);
      return;
    }
    this.#isImmediate = true;
    setImmediate(() => {
      if (this.#isImmediate) this.#fire();
    });
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
