import type { Clock } from "@plumbline/core";

/** Waits that an abort ends at once. One at a time. */
export class Parking {
  readonly #clock: Clock;
  #leave: (() => void) | undefined;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether all waiting is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves with the promise, which must not reject, or when all waiting is over. */
  until(promise: Promise<void>): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#leave = resolve;
      void promise.then(resolve);
    });
  }

  /** Resolves after so many milliseconds, or when all waiting is over. */
  for(ms: number): Promise<void> {
    return this.untilOrFor(undefined, ms);
  }

  /** Resolves with the promise, which must not reject, after so many milliseconds, or when all waiting is over. */
  async untilOrFor(promise: Promise<void> | undefined, ms: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, ms);
      const leave = (): void => {
        timer.cancel();
        resolve();
      };
      this.#leave = leave;
      void promise?.then(leave);
    });
  }

  /** Ends the wait under way. */
  wake(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  /** Ends the wait under way, and every later one. */
  end(): void {
    this.#isOver = true;
    this.wake();
  }
}
