import type { Clock } from "@plumbline/core";

/** Is rung by hints and requests, and is waited for. */
export class Bell {
  readonly #clock: Clock;
  #listener: (() => void) | undefined;
  #count = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often it was rung. */
  get count(): number {
    return this.#count;
  }

  /** When it was rung last, on the monotonic clock. */
  get lastMs(): number {
    return this.#lastMs;
  }

  ring(): void {
    this.#count++;
    this.#lastMs = this.#clock.monotonicMs();
    this.#listener?.();
  }

  /** Ends a wait without a ring, for the one who closes. */
  release(): void {
    this.#listener?.();
  }

  /** Waits for `ms` milliseconds, or until it has been rung more than `count` times. For one waiter at a time. */
  wait(ms: number, count: number): Promise<void> {
    if (this.#count > count || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#listener = undefined;
        resolve();
      };
      const timer = this.#clock.setTimer(done, ms);
      this.#listener = done;
    });
  }

  /** Waits until it has not been rung for `quietMs`, at most until `deadlineMs` on the monotonic clock. */
  async quiet(quietMs: number, deadlineMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const nowMs = this.#clock.monotonicMs();
      const leftMs = Math.min(this.#lastMs + quietMs, deadlineMs) - nowMs;
      if (leftMs <= 0) return;
      await this.wait(leftMs, Number.POSITIVE_INFINITY);
    }
  }
}

/** What {@link settle} needs. */
export interface SettleOptions<Sighting> {
  readonly bell: Bell;
  readonly clock: Clock;
  readonly settleMs: number;
  readonly look: () => Promise<Sighting>;
  readonly isSame: (a: Sighting, b: Sighting) => boolean;
  readonly isOver: () => boolean;
}

/** The part of the quiet time that passes before the first of the two looks that must agree. */
const FIRST_LOOK_SHARE = 0.2;

/**
 * Waits until nothing changes: no hint, and two looks that agree, over `settleMs`, at most until `deadlineMs`. Looks must agree since hints may be late, when the
 * event loop was blocked, or not come at all. Gives the last look.
 */
export async function settle<Sighting>(
  options: SettleOptions<Sighting>,
  first: Sighting,
  deadlineMs: number,
): Promise<Sighting> {
  const { bell, clock, settleMs, look, isSame, isOver } = options;
  let seen = first;
  let seenMs = clock.monotonicMs();
  let heard = bell.count;
  while (!isOver()) {
    const quietFromMs = Math.max(bell.lastMs, seenMs - settleMs * FIRST_LOOK_SHARE);
    const untilMs = Math.min(quietFromMs + settleMs, deadlineMs);
    // A timer may be early by as much as the event loop was late when it was set.
    while (bell.count === heard && clock.monotonicMs() < untilMs && !isOver()) {
      await bell.wait(untilMs - clock.monotonicMs(), heard);
    }
    if (bell.count > heard) {
      await bell.quiet(settleMs * FIRST_LOOK_SHARE, deadlineMs, isOver);
      heard = bell.count;
      seen = await look();
      seenMs = clock.monotonicMs();
    } else {
      const again = await look();
      if (isSame(seen, again) || clock.monotonicMs() >= deadlineMs) return again;
      seen = again;
      seenMs = clock.monotonicMs();
    }
    if (clock.monotonicMs() >= deadlineMs) return seen;
  }
  return seen;
}
