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

  /** For one file. To be asked at each failure, with the bytes that went: gives what is left for it since its first one, in milliseconds. One that gets further begins anew. */
  forFile(): (sent: number) => number {
    let sinceMs: number | undefined;
    let furthest = 0;
    return (sent) => {
      const nowMs = this.#clock.monotonicMs();
      if (sinceMs === undefined || sent > furthest) sinceMs = nowMs;
      furthest = Math.max(furthest, sent);
      return this.#over.signal.aborted ? 0 : Math.max(0, sinceMs + this.#mostMs - nowMs);
    };
  }

  end(): void {
    this.#over.abort();
  }
}
