import type { Clock } from "@plumbline/core";

/** How long a run that is to end tries what may pass: each file so long, and no file any more once the destination has taken none for so long. */
export class Patience {
  readonly #clock: Clock;
  readonly #mostMs: number;
  readonly #over = new AbortController();

  /** In milliseconds; `undefined` for as long as it takes. */
  constructor(clock: Clock, mostMs: number | undefined) {
    this.#clock = clock;
    this.#mostMs = mostMs ?? Number.POSITIVE_INFINITY;
  }

  /** Aborts when there is none left for any file: what is not under way is not begun. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** What is left for a file that was begun then, in milliseconds of the clock. */
  leftMs(sinceMs: number): number {
    return this.#over.signal.aborted ? 0 : Math.max(0, sinceMs + this.#mostMs - this.#clock.monotonicMs());
  }

  end(): void {
    this.#over.abort();
  }
}
