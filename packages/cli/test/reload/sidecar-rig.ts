import { createSystemClock } from "@plumbline/core";
import { onTestFinished } from "vitest";
import type { SidecarOptions } from "../../src/reload/sidecar-options.ts";
import { Sidecar, type SidecarEvent, type SidecarPorts } from "../../src/reload/sidecar.ts";

export interface SidecarRig {
  readonly sidecar: Sidecar;
  readonly events: readonly SidecarEvent[];
  /** Resolves with the first event that fits, from now on or from the event of this number. */
  until(fits: (event: SidecarEvent) => boolean, from?: number): Promise<SidecarEvent>;
}

const NEVER_MS = 3_600_000;

/** Looks when it is asked to, and never by itself: how often the target is told does not depend on time. */
export function sidecarRig(options: Partial<SidecarOptions>, ports: Partial<SidecarPorts> = {}): SidecarRig {
  const events: SidecarEvent[] = [];
  const waiting = new Set<() => void>();
  const sidecar = new Sidecar(
    {
      configFile: undefined,
      directories: [],
      watchedDirectories: [],
      syntax: "both",
      toleratesUnset: false,
      validate: undefined,
      validateEach: undefined,
      validateTimeoutMs: 30_000,
      tell: { kind: "none" },
      reloadTimeoutMs: 30_000,
      watchIntervalMs: NEVER_MS,
      delayMs: 1,
      retryMs: 1,
      maxRetryMs: 1,
      maxRefusals: 3,
      outputMode: 0o640,
      lastGoodPath: undefined,
      ...options,
    },
    {
      env: {},
      clock: createSystemClock(),
      diagnostics: {
        error: ignore,
        warn: ignore,
        info: ignore,
        debug: ignore,
        verbose: ignore,
      },
      hints: "none",
      onEvent(event) {
        events.push(event);
        for (const wake of waiting) wake();
      },
      ...ports,
    },
  );
  onTestFinished(() => sidecar.close());
  return {
    sidecar,
    events,
    until: (fits, from = events.length) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.slice(from).find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

function ignore(): undefined {
  return undefined;
}
