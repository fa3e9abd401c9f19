import type {
  CloseOptions,
  EmitOptions,
  EventInput,
  FlushOptions,
  Pipeline,
  SeverityNumber,
  TelemetryReport,
} from "@plumbline/core";

/** What a service uses of a pipeline; what a reload uses is asked of the pipeline itself. */
export type ServedPipeline = Pick<
  Pipeline,
  "isEnabled" | "emit" | "emitAsync" | "flush" | "endIntake" | "close" | "report"
>;

/** What stands beside a pipeline. */
export interface BesidePipeline {
  /** As {@link Pipeline.flush}, of both. */
  flush(options?: FlushOptions): Promise<void>;
  /** The pipeline's report with what else there is. */
  complete(report: TelemetryReport): TelemetryReport;
}

/**
 * A pipeline and what stands beside it as one. A class, and methods that are its own: an object made from the pipeline, with bound methods, has a
 * shape of its own in each system, so that the engine throws away what it compiled for `emit` whenever another one is started.
 */
export class WholePipeline implements ServedPipeline {
  readonly #pipeline: Pipeline;
  readonly #beside: BesidePipeline;

  constructor(pipeline: Pipeline, beside: BesidePipeline) {
    this.#pipeline = pipeline;
    this.#beside = beside;
  }

  isEnabled(severity: SeverityNumber): boolean {
    return this.#pipeline.isEnabled(severity);
  }

  emit(event: EventInput): void {
    this.#pipeline.emit(event);
  }

  emitAsync(event: EventInput, options?: EmitOptions): Promise<string | undefined> {
    return this.#pipeline.emitAsync(event, options);
  }

  flush(options?: FlushOptions): Promise<void> {
    return this.#beside.flush(options);
  }

  endIntake(): (event: EventInput) => void {
    return this.#pipeline.endIntake();
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#pipeline.close(options);
  }

  report(): TelemetryReport {
    return this.#beside.complete(this.#pipeline.report());
  }
}
