import type { Clock, EmitGuard } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import { isDeepStrictEqual } from "node:util";
import type { Component } from "../component.ts";
import type { SinkConfig } from "../config/config.ts";
import type { SystemPlan, WiredComponent } from "../system-plan.ts";
import { JournaledSink, type JournaledSinkOptions } from "./journaled-sink.ts";

/** What journaled sinks of a system have in common. */
export interface DeliveryHost {
  readonly clock: Clock;
  /** That of the pipeline. */
  readonly guard: EmitGuard;
}

/** Whether a component is a sink that the journal feeds: it runs as a service, and the pipeline knows nothing of it. */
export function isJournaled(plan: SystemPlan, { plugin, name }: WiredComponent): boolean {
  return plugin.kind === "sink" && configOf(plan, name)?.delivery === "journal" && plan.journal !== undefined;
}

/** Whether a sink is fed in the same way by two plans: what a journaled one was made for does not change while it runs. */
export function isFedAlike(first: SystemPlan, second: SystemPlan, name: string): boolean {
  const { options: _a, ...before } = configOf(first, name) ?? {};
  const { options: _b, ...after } = configOf(second, name) ?? {};
  return isDeepStrictEqual(before, after);
}

/** The service that brings a sink what stands in the journal. Throws `PLB_STREAM_OPTION_INVALID`. */
export function toJournaled(
  component: Component<"sink">,
  plan: SystemPlan,
  journal: FileSink,
  { clock, guard }: DeliveryHost,
  comesAs?: JournaledSinkOptions["comesAs"],
): Component<"service"> {
  const config = configOf(plan, component.name);
  const journalPath = plan.journal?.path;
  if (config === undefined || journalPath === undefined) throw new TypeError(`${component.path} is no journaled sink`);
  const instance = new JournaledSink({ component, config, journal, journalPath, guard, clock, comesAs });
  // It reads the journal, whatever the sink itself takes from its context.
  return { ...component, instance, uses: { ...component.uses, journal: true } };
}

function configOf({ config }: SystemPlan, name: string): SinkConfig | undefined {
  return Object.hasOwn(config.sinks, name) ? config.sinks[name] : undefined;
}
