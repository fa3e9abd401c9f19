import type { Clock, ClockTimer } from "@plumbline/core";
import { testingError } from "./testing-error.ts";

/** Options of {@link createFakeClock}. */
export interface FakeClockOptions {
  /** The wall-clock time that it begins with. Default 2026-01-01T00:00:00Z. */
  readonly startMicros?: number;
}

interface Timer {
  readonly callback: () => void;
  readonly dueMs: number;
}

/** More than this many timers in one `advance` are a loop. */
const MAX_TIMERS = 10_000;
const DEFAULT_START_MICROS = Date.UTC(2026, 0, 1) * 1000;

/** A {@link Clock} that stands still until it is moved. */
export class FakeClock implements Clock {
  #wallMicros: number;
  #monotonicMs = 0;
  /** In the order in which they were set. */
  readonly #timers = new Set<Timer>();

  constructor(options: FakeClockOptions = {}) {
    this.#wallMicros = options.startMicros ?? DEFAULT_START_MICROS;
  }

  nowMicros(): number {
    return Math.round(this.#wallMicros);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer: Timer = { callback, dueMs: this.#monotonicMs + (delayMs > 0 ? delayMs : 0) };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** How many timers are set and have neither gone off nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** How many milliseconds it is until the next timer goes off; `undefined` when none is set. */
  get nextTimerMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /**
   * Moves time on. Timers that fall due go off in the order of their times, those of one time in the order in which they
   * were set, also ones that are only set on the way. Before and after each, everything that waits for promises alone has
   * its turn. A callback that throws makes this reject, with the time at that timer. Throws `PLB_TESTING_TIMER_LOOP`.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + Math.max(0, ms);
    await turn();
    for (let fired = 0; ; fired++) {
      const next = this.#next();
      if (next === undefined || next.dueMs > endMs) break;
      if (fired === MAX_TIMERS) throw testingError("PLB_TESTING_TIMER_LOOP");
      this.#moveTo(next.dueMs);
      this.#timers.delete(next);
      next.callback();
      await turn();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock forward or back, as an operator or NTP does; timers and the monotonic time do not notice. */
  stepWall(micros: number): void {
    this.#wallMicros += micros;
  }

  #moveTo(ms: number): void {
    this.#wallMicros += (ms - this.#monotonicMs) * 1000;
    this.#monotonicMs = ms;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }
}

/** A clock for tests, that only `advance` moves. */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  return new FakeClock(options);
}

/** Resolves after all microtasks that are queued, and those that they queue. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
