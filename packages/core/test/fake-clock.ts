import type { Clock, ClockTimer } from "../src/clock.ts";

interface FakeTimer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  #order = 0;
  #timers = new Set<FakeTimer>();

  /** Timers that are set and have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  nowMicros(): number {
    return 1_795_000_000_000_000 + this.#nowMs * 1000;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Goes on by `ms`, firing what falls due in its order and letting every promise settle in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settlePromises();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
      await settlePromises();
    }
    this.#nowMs = endMs;
  }

  /** Fires timers until none is left; gives up after `limit` of them. */
  async runAll(limit = 10_000): Promise<void> {
    await settlePromises();
    for (let fired = 0; this.#timers.size > 0; fired++) {
      if (fired === limit) throw new Error(`still ${this.#timers.size} timers after ${limit}`);
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (next === undefined) return;
      await this.advance(next.atMs - this.#nowMs);
    }
  }

  #next(endMs: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > endMs) continue;
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** Lets every promise that can settle do so. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
