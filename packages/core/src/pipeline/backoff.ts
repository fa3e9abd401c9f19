/** Options of a {@link Backoff}. */
export interface BackoffOptions {
  /** The longest first wait, in milliseconds. */
  readonly initialMs: number;
  /** The longest wait at all, in milliseconds. */
  readonly maxMs: number;
  /** Numbers in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
}

/** Waits that double, with jitter, up to a bound. */
export interface Backoff {
  /** The next wait, in milliseconds: between half and the whole of a step that doubles each time. */
  next(): number;
  /** Begins anew, after a success. */
  reset(): void;
}

/**
 * Half of each step is fixed, half is drawn: instances that failed together don't come back together, and none comes back at once.
 * Source: "equal jitter" in M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function createBackoff(options: BackoffOptions): Backoff {
  const { initialMs, maxMs, random = Math.random } = options;
  let stepMs = initialMs;
  return {
    next(): number {
      const boundMs = Math.min(stepMs, maxMs);
      stepMs = Math.min(stepMs * 2, maxMs);
      return boundMs / 2 + (boundMs / 2) * random();
    },
    reset(): void {
      stepMs = initialMs;
    },
  };
}
