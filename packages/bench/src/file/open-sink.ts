import type { Pipeline } from "@plumbline/core";
import type { FileSink, RotateOptions } from "@plumbline/file";

export interface OpenSink {
  readonly pipeline: Pipeline;
  readonly journal: FileSink;
  close(): Promise<void>;
}

/** A pipeline with the default redaction and a file sink as its journal, put together from their parts. */
export async function openSink(path: string, rotate: RotateOptions): Promise<OpenSink> {
  const [core, { createFileSink }, { diag }] = await Promise.all([
    import("@plumbline/core"),
    import("@plumbline/file"),
    import("@opentelemetry/api"),
  ]);
  const clock = core.createSystemClock();
  const writer = core.createLineWriter({
    clock,
    limits: core.DEFAULT_LIMITS,
    redactor: core.createRedactor(),
    resource: { "service.name": "bench" },
  });
  const journal = createFileSink({ path, clock, writer, diagnostics: diag, rotate });
  await journal.start();
  const pipeline = core.createPipeline({
    clock,
    diagnostics: diag,
    writer,
    processors: [],
    journal: { journal },
    outputs: [],
  });
  return {
    pipeline,
    journal,
    async close(): Promise<void> {
      await pipeline.close();
      await journal.close();
    },
  };
}
