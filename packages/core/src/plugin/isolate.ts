import type { Clock } from "../clock.ts";

/** How a call into a plugin that settled went. */
export type Settled<Value> =
  | { readonly kind: "returned"; readonly value: Value }
  | { readonly kind: "threw"; readonly error: unknown };

/** How a call into a plugin went, as far as was known at its deadline. */
export type Outcome<Value> =
  | Settled<Value>
  /** `late` resolves if it settles after all, however late; never rejects. */
  | { readonly kind: "timedOut"; readonly late: Promise<Settled<Value>> };

/**
 * Calls into a plugin so that nothing it does reaches the caller: a throw, a rejection and a hostile thenable come back as values, and
 * after `timeoutMs`, or when `giveUp` aborts, the call is given up. Never rejects. What no code in the same thread can stop is an endless loop.
 */
export async function callIsolated<Value>(
  clock: Clock,
  timeoutMs: number,
  call: () => Value | PromiseLike<Value>,
  giveUp?: AbortSignal,
): Promise<Outcome<Value>> {
  const settled = settle(call);
  return new Promise<Outcome<Value>>((resolve) => {
    const end = (outcome: Outcome<Value>): void => {
      timer.cancel();
      giveUp?.removeEventListener("abort", timeOut);
      resolve(outcome);
    };
    const timeOut = (): void => end({ kind: "timedOut", late: settled });
    const timer = clock.setTimer(timeOut, timeoutMs);
    giveUp?.addEventListener("abort", timeOut);
    void settled.then(end);
  });
}

/** Runs the synchronous part at once, in the caller's tick. */
function settle<Value>(call: () => Value | PromiseLike<Value>): Promise<Settled<Value>> {
  return new Promise<Value>((resolve) => resolve(call())).then(
    (value): Settled<Value> => ({ kind: "returned", value }),
    (error: unknown): Settled<Value> => ({ kind: "threw", error }),
  );
}
