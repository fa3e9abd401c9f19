import { coreError } from "../error-codes.ts";
import type { Journal } from "../journal.ts";
import type { Sink } from "../plugin/sink.ts";
import type { LineWriter } from "../serialize/write-line.ts";
import type { SeverityNumber } from "../severity.ts";
import { Output, type OutputHost } from "./output.ts";
import { resolveOutputOptions, type OutputOptions, type OutputSettings } from "./output-options.ts";
import type { PipelineConfiguration } from "./pipeline.ts";
import type { NamedProcessor, ProcessorStage } from "./processor-chain.ts";

/** One configuration as `emit` reads it; never changed, only replaced as a whole. */
export interface Wiring {
  readonly writer: LineWriter;
  readonly stages: readonly ProcessorStage[];
  readonly journal: Journal | undefined;
  readonly journalMinSeverity: SeverityNumber;
  readonly outputs: readonly Output[];
  /** Below it, events are not enabled; 25 where there is nothing to reach. */
  readonly minSeverity: number;
  /** Below it, no output takes an event. */
  readonly lowestTaken: number;
}

const ABOVE_ALL_SEVERITIES = 25;

/** Makes the parts of a wiring that are new. */
export interface WiringHost {
  readonly outputHost: (name: string) => OutputHost;
  readonly stage: (named: NamedProcessor) => ProcessorStage;
  /** Whether an earlier configuration has closed the sink, or is about to. */
  readonly isGivenUp: (sink: Sink) => boolean;
}

/**
 * Wires a configuration, keeping of the one before it the outputs and stages whose instances stay; nothing of the old one is changed before
 * everything was checked. Throws `PLB_OUTPUT_OPTIONS_INVALID`.
 */
export function wire(next: PipelineConfiguration, before: Wiring | undefined, host: WiringHost): Wiring {
  const resolved = checkWiring(next, before, host);
  const outputs = resolved.map(([options, settings]) => {
    const kept = before?.outputs.find((output) => output.sink === options.sink);
    if (kept === undefined) return new Output(options, settings, host.outputHost(options.name));
    kept.configure(options, settings);
    return kept;
  });
  const stages = next.processors.map((named) => {
    const kept = before?.stages.find(
      (stage) => stage.processor === named.processor && stage.account.name === named.name,
    );
    return kept ?? host.stage(named);
  });
  const journal = next.journal?.journal;
  const journalMinSeverity = next.journal?.minSeverity ?? 1;
  const thresholds: number[] = outputs.map((output) => output.minSeverity);
  if (journal !== undefined) thresholds.push(journalMinSeverity);
  return {
    writer: next.writer,
    stages,
    journal,
    journalMinSeverity,
    outputs,
    minSeverity: thresholds.length === 0 ? ABOVE_ALL_SEVERITIES : (next.minSeverity ?? 1),
    lowestTaken: Math.min(ABOVE_ALL_SEVERITIES, ...thresholds),
  };
}

/** Checks whether a configuration can be wired; gives each output's settings. Throws `PLB_OUTPUT_OPTIONS_INVALID`. */
export function checkWiring(
  next: PipelineConfiguration,
  before: Wiring | undefined,
  host: WiringHost,
): readonly (readonly [OutputOptions, OutputSettings])[] {
  const resolved = next.outputs.map((options): readonly [OutputOptions, OutputSettings] => [
    options,
    resolveOutputOptions(options),
  ]);
  checkOutputs(next, before, host);
  return resolved;
}

/** What the options of one output alone cannot tell: names and sinks that two of them share. */
function checkOutputs({ journal, outputs }: PipelineConfiguration, before: Wiring | undefined, host: WiringHost): void {
  const names = new Set<string>(journal === undefined ? [] : [journal.journal.ledger.name]);
  const sinks = new Set<unknown>();
  for (const { name, sink } of outputs) {
    if (names.has(name)) throw outputInvalid(name, "its name is taken");
    if (sinks.has(sink)) throw outputInvalid(name, "its sink is another output's too");
    const present = before?.outputs.find((output) => output.sink === sink);
    // One that is released stays so until it is resumed.
    if (host.isGivenUp(sink) && present?.isReleased !== true)
      throw outputInvalid(name, "its sink was removed by an earlier configuration and is closed");
    const namedBefore = present?.name ?? name;
    if (namedBefore !== name) throw outputInvalid(name, `its sink was ${namedBefore}'s; an account keeps its name`);
    names.add(name);
    sinks.add(sink);
  }
}

function outputInvalid(name: string, issue: string): Error {
  return coreError("PLB_OUTPUT_OPTIONS_INVALID", {
    message: `The output ${name} cannot be wired: ${issue}.`,
    details: { name, issues: [issue] },
  });
}
