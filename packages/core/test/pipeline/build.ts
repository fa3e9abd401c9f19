import { createPipeline } from "../../src/pipeline/event-pipeline.ts";
import type { OutputOptions } from "../../src/pipeline/output-options.ts";
import type { Pipeline, PipelineOptions } from "../../src/pipeline/pipeline.ts";
import type { OutputReport } from "../../src/ledger.ts";
import { FakeClock } from "../fake-clock.ts";
import { FakeDiagnostics, FakeSink, FakeWriter } from "../fake-parts.ts";

export interface Built {
  readonly pipeline: Pipeline;
  readonly clock: FakeClock;
  readonly diagnostics: FakeDiagnostics;
  readonly writer: FakeWriter;
}

/** A pipeline on a fake clock whose pauses are as long as they can be. */
export function build(options: Partial<PipelineOptions> = {}): Built {
  const clock = new FakeClock();
  const diagnostics = new FakeDiagnostics();
  const writer = new FakeWriter();
  const pipeline = createPipeline({
    clock,
    diagnostics,
    writer,
    processors: [],
    outputs: [],
    random: () => 1,
    ...options,
  });
  return { pipeline, clock, diagnostics, writer };
}

export interface BuiltOutput extends Built {
  readonly sink: FakeSink;
  readonly account: () => OutputReport;
  readonly emit: (...names: string[]) => void;
}

/** A pipeline with one output, which sends each tick's events at once unless told otherwise. */
export function buildOutput(
  options: Omit<Partial<OutputOptions>, "sink"> & { readonly sink?: FakeSink } = {},
): BuiltOutput {
  const sink = options.sink ?? new FakeSink();
  const built = build({ outputs: [{ name: "out", batch: { maxDelayMs: 0 }, ...options, sink }] });
  const account = (): OutputReport => {
    const report = built.pipeline.report().outputs.find(({ name }) => name === (options.name ?? "out"));
    if (report === undefined) throw new Error("no such output");
    return report;
  };
  const emit = (...names: string[]): void => {
    for (const name of names) built.pipeline.emit({ name });
  };
  return { ...built, sink, account, emit };
}
