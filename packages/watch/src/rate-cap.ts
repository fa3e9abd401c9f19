import type { Clock } from "@plumbline/core";

/**
 * Permits: `burst` at once, and one more every `intervalMs`. Kept as the one time at which all of them would be back. Source: the generic cell rate
 * algorithm, ITU-T I.371.
 */
export class RateCap {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #intervalMs: number;
  #fullAtMs = 0;

  constructor(clock: Clock, burst: number, intervalMs: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#intervalMs = intervalMs;
  }

  /** Takes a permit and gives 0, or the milliseconds until there is one. */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    const fullAtMs = Math.max(this.#fullAtMs, nowMs);
    const waitMs = fullAtMs - nowMs - (this.#burst - 1) * this.#intervalMs;
    if (waitMs > 0) return waitMs;
    this.#fullAtMs = fullAtMs + this.#intervalMs;
    return 0;
  }
}
