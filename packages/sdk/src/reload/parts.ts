import type { Pipeline } from "@plumbline/core";
import type { Assembly } from "../assembly.ts";
import { claimsOf, type Component } from "../component.ts";
import { JOURNAL_NAME } from "../config/config.ts";
import { JournaledSink } from "../journaled/journaled-sink.ts";
import type { Startable } from "../start-in-order.ts";
import type { SourceGates } from "./source-gates.ts";

/** A component that runs, with its kind told apart. */
export type Part =
  | { readonly kind: "processor"; readonly component: Component<"processor"> }
  | { readonly kind: "sink"; readonly component: Component<"sink"> }
  | { readonly kind: "service"; readonly component: Component<"service"> }
  | { readonly kind: "source"; readonly component: Component<"source"> };

/** Everything of an assembly that is started, in the order in which it is. */
export function partsOf({ processors, sinks, services, sources }: Assembly): readonly Part[] {
  return [
    ...processors.map((component): Part => ({ kind: "processor", component })),
    ...sinks.map((component): Part => ({ kind: "sink", component })),
    ...services.map((component): Part => ({ kind: "service", component })),
    ...sources.map((component): Part => ({ kind: "source", component })),
  ];
}

/** The journal of an assembly, as what is started; none where there is none. */
export function journalParts({ journal }: Pick<Assembly, "journal">): readonly Startable[] {
  if (journal === undefined) return [];
  return [{ path: JOURNAL_NAME, start: () => journal.start(), close: () => journal.close() }];
}

/** How a part is started and closed. */
export function startableOf(part: Part, gates: SourceGates): Startable {
  const { path, instance } = part.component;
  if (part.kind === "source") {
    const { component } = part;
    return { path, start: () => gates.start(component), close: () => component.instance.close() };
  }
  return { path, start: () => instanceStart(part), close: () => instance.close?.() };
}

function instanceStart(part: Exclude<Part, { kind: "source" }>): void | Promise<void> {
  return part.component.instance.start?.();
}

/**
 * Ends early what a part that goes still hands on, since somebody needs what it holds. Resolves when it holds nothing any more, where it can tell: what a sink that is fed directly has is
 * handed on by whoever comes after it, and what the journal has for a reader stays there.
 */
export function endEarly({ kind, component }: Part, pipeline: Pipeline, timeoutMs: number): Promise<void> | undefined {
  if (kind === "sink") return pipeline.releaseLeaving([...claimsOf(component)], { timeoutMs });
  if (component.instance instanceof JournaledSink) component.instance.hurry();
  return undefined;
}

/** The same assembly with another component in the place of one of them. */
export function replacePart(assembly: Assembly, old: Part, next: Part): Assembly {
  const swap = <C extends Component>(list: readonly C[], kind: Part["kind"]): readonly C[] =>
    old.kind === kind && next.kind === kind
      ? // Both are of the list's kind, as was just asked.
        list.map((each) => (each.instance === old.component.instance ? (next.component as Component as C) : each))
      : list;
  return {
    ...assembly,
    processors: swap(assembly.processors, "processor"),
    sinks: swap(assembly.sinks, "sink"),
    services: swap(assembly.services, "service"),
    sources: swap(assembly.sources, "source"),
  };
}
