import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, type Pipeline } from "@plumbline/core";
import { type Assembly, type AssemblyHost, configurationOf, recreate } from "../assembly.ts";
import type { HeldJournal } from "./held-journal.ts";
import { type Part, startableOf } from "./parts.ts";
import type { Revival, Revivals } from "./revivals.ts";
import type { SourceGates } from "./source-gates.ts";

/** What reviving a part needs. */
export interface RevivePartHost extends AssemblyHost {
  readonly diagnostics: DiagLogger;
  readonly pipeline: Pipeline;
  /** What stands in for the journal at the moment. */
  readonly hold: { readonly current: HeldJournal | undefined };
  readonly gates: SourceGates;
  readonly revivals: Revivals;
  /** The assembly that the part belongs to, with what was put in its place. */
  readonly assembly: () => Assembly;
  /** Puts a part in the place of another in the assembly in force. */
  readonly replace: (old: Part, next: Part) => void;
}

/**
 * Has a part run that does not, with an instance of its own for each attempt, made from the same options: what did not start is closed. A part that is still
 * `unused` is the first of them itself. Resolves after the first attempt.
 */
export async function revivePart(part: Part, state: "closed" | "unused", host: RevivePartHost): Promise<void> {
  let isUnused = state === "unused";
  let current = part;
  const next = (): Revival => {
    if (isUnused) isUnused = false;
    else current = renew(current, host);
    return revivalOf(current, host);
  };
  await host.revivals.start(part.component.instance, part.component.path, next);
}

function renew(part: Part, host: RevivePartHost): Part {
  const made = recreate(part.kind, part.component, host.assembly(), host);
  if (made === undefined) return part; // its plugin is of another kind: that cannot be
  // Of the same kind: it is made by the same plugin.
  const next = { kind: part.kind, component: made } as Part;
  host.replace(part, next);
  if (next.kind === "sink") {
    host.pipeline.substitute(next.component.name, next.component.instance, next.component.abort);
  }
  return next;
}

function revivalOf(part: Part, host: RevivePartHost): Revival {
  const { gates, pipeline } = host;
  const onUp = (): void => {
    if (part.kind === "sink") pipeline.resume(part.component.name, part.component.instance, part.component.abort);
    if (part.kind === "source") gates.open(part.component);
    if (part.kind === "processor") putInForce(host);
  };
  return { instance: part.component.instance, part: startableOf(part, gates), onUp };
}

/** Events go through the processors of the assembly from now on. */
function putInForce({ pipeline, assembly, hold, diagnostics }: RevivePartHost): void {
  const stand = hold.current && { journal: hold.current };
  pipeline
    .reconfigure(configurationOf(assembly(), stand))
    .catch((error: unknown) =>
      diagnostics.error(`the processor that runs again is given no events (${errorCode(error)})`),
    );
}
