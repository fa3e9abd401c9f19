import type { Clock, EmitGuard } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import type { Component } from "../component.ts";
import type { SystemPlan } from "../system-plan.ts";
import { JournaledSink } from "./journaled-sink.ts";

/** What journaled sinks have in common. */
export interface DeliveryHost {
  readonly plan: SystemPlan;
  readonly journal: FileSink | undefined;
  readonly guard: EmitGuard;
  readonly clock: Clock;
}

/** A sink that is fed from the journal, as the long-running part that it is. */
export interface JournaledComponent extends Component<"service"> {
  readonly instance: JournaledSink;
}

/** Takes apart which sinks the pipeline feeds and which the journal. Throws `PLB_STREAM_OPTION_INVALID`. */
export function splitByDelivery(
  sinks: readonly Component<"sink">[],
  { plan, journal, guard, clock }: DeliveryHost,
): { readonly direct: readonly Component<"sink">[]; readonly journaled: readonly JournaledComponent[] } {
  const direct: Component<"sink">[] = [];
  const journaled: JournaledComponent[] = [];
  for (const component of sinks) {
    const config = plan.config.sinks[component.name];
    if (config?.delivery !== "journal" || journal === undefined || plan.journal === undefined) {
      direct.push(component);
      continue;
    }
    const { name, path, plugin, abort } = component;
    const journalPath = plan.journal.path;
    const instance = new JournaledSink({ component, config, journal, journalPath, guard, clock });
    journaled.push({ name, path, plugin, abort, instance });
  }
  return { direct, journaled };
}
