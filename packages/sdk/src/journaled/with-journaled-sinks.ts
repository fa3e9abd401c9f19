import { type Clock, CORE_ERRORS, type FlushOptions, type Pipeline, PlumblineError } from "@plumbline/core";
import type { JournaledSink } from "./journaled-sink.ts";

const DEFAULT_FLUSH_MS = 30_000;

/**
 * A pipeline whose `flush` and `report` know of the sinks that the journal feeds, too. They see an event when the journal has it, so a flush waits for
 * the journal first.
 */
export function withJournaledSinks(pipeline: Pipeline, sinks: readonly JournaledSink[], clock: Clock): Pipeline {
  if (sinks.length === 0) return pipeline;
  return {
    isEnabled: (severity) => pipeline.isEnabled(severity),
    emit: (event) => pipeline.emit(event),
    emitAsync: (event, options) => pipeline.emitAsync(event, options),
    close: (options) => pipeline.close(options),
    reconfigure: (next, options) => pipeline.reconfigure(next, options),
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
    report: () => {
      const report = pipeline.report();
      return { ...report, outputs: [...report.outputs, ...sinks.map((sink) => sink.report())] };
    },
    flush: (options) => flushAll(pipeline, sinks, clock, options),
  };
}

async function flushAll(
  pipeline: Pipeline,
  sinks: readonly JournaledSink[],
  clock: Clock,
  options: FlushOptions = {},
): Promise<void> {
  const endMs = clock.monotonicMs() + (options.timeoutMs ?? DEFAULT_FLUSH_MS);
  const kept = new Map<string, string>();
  try {
    await pipeline.flush(options);
  } catch (error) {
    if (!PlumblineError.isInstance(error)) throw error;
    const { outputs } = error.details as { readonly outputs?: Readonly<Record<string, string>> }; // PLB_FLUSH_INCOMPLETE documents them
    if (outputs === undefined) throw error;
    for (const [name, code] of Object.entries(outputs)) kept.set(name, code);
  }
  const remainingMs = Math.max(0, endMs - clock.monotonicMs());
  await Promise.all(
    sinks.map(async (sink) => {
      const code = await sink.flush(remainingMs);
      if (code !== undefined) kept.set(sink.name, code);
    }),
  );
  if (kept.size === 0) return;
  const named = [...kept].map(([name, code]) => `${name} (${code})`).join(", ");
  throw new PlumblineError("PLB_FLUSH_INCOMPLETE", CORE_ERRORS.PLB_FLUSH_INCOMPLETE, {
    message: `The flush ended before everything was settled: ${named}.`,
    details: { outputs: Object.fromEntries(kept) },
  });
}
