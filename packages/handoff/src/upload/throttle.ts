import type { Clock } from "@plumbline/core";

/** Lets bytes pass at a rate that all deliveries share. */
export interface Throttle {
  /** Resolves when so many more bytes may go; at once where there is no limit. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** `bytesPerSecond` is kept over any second; `undefined` lets everything pass. */
export function createThrottle(bytesPerSecond: number | undefined, clock: Clock): Throttle {
  let freeAtMs = 0;
  return {
    async take(bytes, signal) {
      if (bytesPerSecond === undefined) return;
      const nowMs = clock.monotonicMs();
      const startMs = Math.max(nowMs, freeAtMs);
      freeAtMs = startMs + (bytes / bytesPerSecond) * 1000;
      if (startMs > nowMs) await pause(clock, startMs - nowMs, signal);
    },
  };
}

/** Waits; resolves early when the signal aborts. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(end, delayMs);
    signal.addEventListener("abort", end);
  });
}
