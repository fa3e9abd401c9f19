import { type Clock, createBackoff, RetryableError } from "@plumbline/core";

/** How long something is tried, and how it waits. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Milliseconds after which no other attempt begins. */
  readonly retryForMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly random?: (() => number) | undefined;
}

const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 10_000;

/** Calls `attempt` until it gives something. Rejects with what it threw when that cannot be tried again, or when the time is over. */
export async function retrying<Value>(attempt: () => Promise<Value>, options: RetryOptions): Promise<Value> {
  const { clock, retryForMs, signal, random } = options;
  const backoff = createBackoff({ initialMs: FIRST_WAIT_MS, maxMs: LAST_WAIT_MS, ...(random && { random }) });
  const untilMs = clock.monotonicMs() + retryForMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!RetryableError.isInstance(error)) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoff.next());
      if (clock.monotonicMs() + waitMs > untilMs || signal.aborted)
        throw error.cause instanceof Error ? error.cause : error;
      await wait(clock, waitMs, signal);
    }
  }
}

function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(end, ms);
    signal.addEventListener("abort", end);
  });
}
