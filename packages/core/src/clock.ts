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
  /** Calls `callback` once after `delayMs` milliseconds; what is longer than 2^31 - 1 (24.8 days) is shortened to that. */
  setTimer(callback: () => void, delayMs: number): ClockTimer;
}

/** How long the monotonic clock is trusted before it is compared with the wall clock again, in microseconds. */
const ANCHOR_INTERVAL_MICROS = 10_000;

/**
 * The system's clock. Microseconds come from the monotonic clock, which is cheaper than the wall clock and finer; every 10 ms it is
 * held against `Date.now()` and moved by as little as makes the two agree, so a step of the system's clock is followed within 10 ms.
 */
export function createSystemClock(): Clock {
  const monotonic = performance; // the global is a getter, which costs every event
  let offsetMicros = 0;
  let nextAnchor = 0;
  return {
    nowMicros(): number {
      const fine = Math.trunc(monotonic.now() * 1000);
      if (fine >= nextAnchor) {
        nextAnchor = fine + ANCHOR_INTERVAL_MICROS;
        const ahead = fine + offsetMicros - Date.now() * 1000;
        if (ahead < 0) offsetMicros -= ahead;
        else if (ahead > 999) offsetMicros -= ahead - 999;
      }
      return fine + offsetMicros;
    },
    monotonicMs: () => monotonic.now(),
    setTimer(callback, delayMs): ClockTimer {
      // Node fires a longer timer at once, with a warning.
      const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
