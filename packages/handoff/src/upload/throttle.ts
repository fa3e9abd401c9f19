import type { Clock } from "@plumbline/core";

/** Lets bytes pass at a rate that all deliveries share. */
export interface Throttle {
  /** What may be asked for at once. */
  readonly mostBytes: number;
  /** Resolves when so many more bytes may go; at once where there is no limit. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** What goes at once is a tenth of a second's: so is the most by which any second exceeds its limit. */
const PART = 0.1;

/** `bytesPerSecond` is kept over any second; `undefined` lets everything pass. */
export function createThrottle(bytesPerSecond: number | undefined, clock: Clock): Throttle {
  let freeAtMs = 0;
  return {
    mostBytes: bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.trunc(bytesPerSecond * PART)),
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
