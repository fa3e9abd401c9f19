import { callIsolated, type Clock, createSystemClock } from "@plumbline/core";
import { DeferredSystem } from "./deferred-system.ts";
import type { SharedState } from "./system-state.ts";
import { wordsOf } from "./describe-error.ts";
import { getTelemetry, setTelemetry } from "./instance.ts";
import { readOtelEnvironment } from "./otel-environment.ts";
import { hookProcess } from "./signals.ts";
import { startDisabled, startHost } from "./start.ts";
import type { RunningSystem } from "./system.ts";
import { createTelemetry } from "./telemetry.ts";

/**
 * `node --import @plumbline/sdk/register service.mjs`: starts telemetry with the service's config and no change to its code, and
 * makes it what `getTelemetry()` gives. It can be used at once; what is emitted before the files are open waits. Nobody can catch what goes wrong
 * here: an invalid config is told once on stderr and the built-in default runs, and what cannot be started is told once and the
 * service lives on without telemetry.
 */
function register(): void {
  const clock = createSystemClock();
  const host = new DeferredSystem(startOrLiveOn, clock);
  setTelemetry(createTelemetry(host));
  if (!readOtelEnvironment(process.env).disabled) hookSignals(host, clock);
  process.on("exit", () => {
    if (host.waiting > 0) say(`${host.waiting} events were lost: the process ended before telemetry was started`);
  });
}

/** From the first moment on, so that a signal during the start waits for what was emitted before it. */
function hookSignals(host: DeferredSystem, clock: Clock): void {
  const unhook = hookProcess({
    handleSignals: true,
    flushOnExit: false,
    flush: async (timeoutMs) => {
      // The start may take longer than a flush may; what went wrong is told by those who count it.
      await callIsolated(clock, timeoutMs, () => host.pipeline.flush({ timeoutMs }));
    },
    endNow: () => host.endNow(),
    emitted: () => host.report().intake.emitted,
  });
  void host.onClosed(unhook);
}

async function startOrLiveOn(shared: SharedState): Promise<RunningSystem> {
  try {
    return await startHost({ onInvalidConfig: "default", handleSignals: false }, shared);
  } catch (error) {
    say(`${wordsOf(error)}\nplumbline: the service runs without telemetry`);
    return startDisabled(shared);
  }
}

function say(message: string): void {
  process.stderr.write(`plumbline: ${message}\n`);
}

if (getTelemetry() === undefined) register();
