import type { Clock } from "@plumbline/core";

/** Waits, or no longer than until a signal aborts; never rejects. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(end, delayMs);
    signal?.addEventListener("abort", end, { once: true });
  });
}
