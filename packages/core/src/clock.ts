/** A timer given out by a {@link Clock}; opaque to its owner. */
export interface ClockTimer {
  /** Stops the timer; safe to repeat and after it has fired. */
  cancel(): void;
}

/**
 * The only way to time and timers. Everything of ours that waits or stamps takes one, so that a test can drive it.
 * Timers never keep the process alive.
 */
export interface Clock {
  /** Wall-clock time in microseconds since 1970-01-01T00:00:00Z; an integer. May step with the system's clock. */
  nowMicros(): number;
  /** Milliseconds from an arbitrary start that never go back; for measuring spans of time. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs` milliseconds. */
  setTimer(callback: () => void, delayMs: number): ClockTimer;
}

/** The system's clock. Microseconds below the millisecond come from the monotonic clock and never run backwards within one. */
export function createSystemClock(): Clock {
  let offsetMicros = 0;
  let lastMs = 0;
  return {
    nowMicros(): number {
      // Date.now() has 1 ms; performance.now() has micros but drifts from the wall clock, so it is re-anchored
      // whenever the two disagree by more than a millisecond.
      const wallMs = Date.now();
      const fine = Math.trunc(performance.now() * 1000);
      const candidate = fine + offsetMicros;
      if (wallMs !== lastMs) {
        lastMs = wallMs;
        if (candidate < wallMs * 1000 || candidate >= wallMs * 1000 + 1000) {
          offsetMicros = wallMs * 1000 - fine;
          return wallMs * 1000;
        }
      }
      const ceiling = wallMs * 1000 + 999;
      return candidate > ceiling ? ceiling : candidate < wallMs * 1000 ? wallMs * 1000 : candidate;
    },
    monotonicMs: () => performance.now(),
    setTimer(callback, delayMs): ClockTimer {
      const timer = setTimeout(callback, delayMs);
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
