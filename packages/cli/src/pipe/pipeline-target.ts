import type { EventInput } from "@plumbline/core";
import type { PlumblineConfig, SinkInput, SystemPlan } from "@plumbline/sdk";
import type { ConfigOption } from "../config/read-plan.ts";
import type { PipedEvent } from "../input/piped-event.ts";
import type { Console } from "../terminal/console.ts";
import type { EventTarget } from "./event-target.ts";
import { MAX_PENDING_EVENTS } from "./pump.ts";

export interface ConfiguredTargetOptions {
  readonly config: ConfigOption;
  readonly overrides: PlumblineConfig;
  /** What the config would wire. */
  readonly plan: SystemPlan;
}

/**
 * Starts everything that a config wires and puts events into it. The journal and every sink are waited for, whatever the config says of full
 * queues: a pipe can wait, so nothing needs to be dropped.
 */
export async function openConfiguredTarget(console: Console, options: ConfiguredTargetOptions): Promise<EventTarget> {
  const { startHost } = await import("@plumbline/sdk");
  const { cwd, env, clock } = console;
  const { config: configFile, overrides, plan } = options;
  const host = await startHost({
    ...overrides,
    ...waiting(plan),
    configFile,
    cwd,
    env,
    clock,
    handleSignals: false,
    flushOnExit: false,
  });
  return {
    async put(piped) {
      await host.pipeline.emitAsync(withResource(piped));
    },
    close: () => host.close(),
    losses: () =>
      host
        .report()
        .outputs.flatMap(({ name, dropped }) =>
          Object.entries(dropped).map(([reason, count]) => `${name} dropped ${count} events (${reason})`),
        ),
  };
}

/** Room for the longest lines that a target can have at once. */
const MIN_QUEUE_BYTES = 32 * 1024 * 1024;

/** Lets `emitAsync` wait for every queue, and every queue hold what is waited for: what may wait is bounded by the queue's own size. */
function waiting(plan: SystemPlan): PlumblineConfig {
  const sinks = Object.entries(plan.config.sinks).flatMap(([name, { queue, delivery }]) => {
    if (delivery === "journal") return []; // has no queue: the journal is what it waits in
    const maxCount = Math.max(queue?.maxCount ?? 0, MAX_PENDING_EVENTS);
    const maxBytes = Math.max(queue?.maxBytes ?? 0, MIN_QUEUE_BYTES);
    return [[name, { queue: { policy: "block", maxCount, maxBytes } }] as const];
  });
  const { journal } = plan;
  const journalBytes = Math.max(journal?.maxQueueBytes ?? 0, MIN_QUEUE_BYTES);
  return {
    ...(journal === undefined ? {} : { journal: { queue: { policy: "block", maxBytes: journalBytes } } }),
    // Laid over the config file, key by key: `use` and all else stay what the file says.
    sinks: Object.fromEntries(sinks) as unknown as Readonly<Record<string, SinkInput>>,
  };
}

/** The lines of a config's outputs carry its own resource; what a line names beside stands in an attribute. */
function withResource({ event, resource }: PipedEvent): EventInput {
  return resource === undefined ? event : { ...event, attributes: { ...event.attributes, resource } };
}
