import type { Clock } from "@plumbline/core";

/** What one subscriber may get: so many events a second, and as many at once after it has had none for a second. */
export class FairRate {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = clock.monotonicMs();
  }

  /** Takes what was sent, and says for how many milliseconds nothing more may be. */
  take(events: number): number {
    const now = this.#clock.monotonicMs();
    const gained = ((now - this.#atMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + gained) - events;
    this.#atMs = now;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / this.#perSecond) * 1000);
  }

  /** Resolves after so many milliseconds, or when what `onBegin` was given is called. */
  pause(ms: number, onBegin: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(resolve, ms);
      onBegin(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
