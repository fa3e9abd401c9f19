import type { Clock } from "@plumbline/core";
import { scanWriters, type WriterScan } from "./open-writers.ts";

/** One look through the processes serves all that is judged within this time. */
const VALID_MS = 100;
/** How long a look is thought to take before one was timed, and how much longer than the last one the next may take. */
const FIRST_MS = 40;
const MORE = 1.25;

interface Look {
  readonly atMs: number;
  readonly result: Promise<WriterScan | undefined>;
}

/**
 * Looks through all processes for many files at once. A look may be begun ahead of the time at which it is needed, so that nobody waits for it: it holds for a file
 * as long as it was begun after the file was first seen as it is now, and not longer than a tenth of a second ago.
 */
export class WriterLooks {
  readonly #clock: Clock;
  readonly #scan: () => Promise<WriterScan | undefined>;
  #look: Look | undefined;
  #tookMs = FIRST_MS;

  constructor(clock: Clock, scan: () => Promise<WriterScan | undefined> = () => scanWriters()) {
    this.#clock = clock;
    this.#scan = scan;
  }

  /** How long before it is needed a look should be begun. */
  get leadMs(): number {
    return Math.min(VALID_MS * 0.8, Math.ceil(this.#tookMs * MORE));
  }

  /** What a look tells that was begun no earlier than then. */
  since(sinceMs: number): Promise<WriterScan | undefined> {
    const nowMs = this.#clock.monotonicMs();
    const last = this.#look;
    if (last !== undefined && last.atMs >= sinceMs && nowMs - last.atMs <= VALID_MS) return last.result;
    return this.#begin(nowMs);
  }

  /** Begins a look that will be asked for in so many milliseconds, unless the last one will still do by then. */
  prepare(inMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#look === undefined || nowMs + inMs - this.#look.atMs > VALID_MS) void this.#begin(nowMs);
  }

  #begin(atMs: number): Promise<WriterScan | undefined> {
    const result = this.#scan();
    this.#look = { atMs, result };
    result.then(
      () => (this.#tookMs = this.#clock.monotonicMs() - atMs),
      () => undefined, // told to whoever asks
    );
    return result;
  }
}
