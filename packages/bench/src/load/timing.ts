import { percentile } from "../frame/statistics.ts";

/** How long single calls took, and how long the event loop stood still. */
export class Timing {
  readonly #calls: Float64Array;
  readonly #acknowledged: Float64Array;
  #callCount = 0;
  #acknowledgedCount = 0;
  #stallMs = 0;

  constructor(events: number) {
    this.#calls = new Float64Array(events);
    this.#acknowledged = new Float64Array(events);
  }

  /** A call of the logger took so many milliseconds. */
  call(ms: number): void {
    this.#calls[this.#callCount++] = ms;
  }

  /** An event had reached its class so many milliseconds after it was due. */
  acknowledge(ms: number): void {
    this.#acknowledged[this.#acknowledgedCount++] = ms;
  }

  /** The event loop did not turn for so long. */
  stall(ms: number): void {
    if (ms > this.#stallMs) this.#stallMs = ms;
  }

  /** What was measured: not every load acknowledges. */
  figures(): Record<string, number> {
    return {
      callP999Micros: percentile(this.#calls.subarray(0, this.#callCount), 0.999) * 1000,
      ...(this.#acknowledgedCount === 0
        ? {}
        : { lateP999Micros: percentile(this.#acknowledged.subarray(0, this.#acknowledgedCount), 0.999) * 1000 }),
      stallMaxMillis: this.#stallMs,
    };
  }
}
