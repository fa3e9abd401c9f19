import { context, trace } from "@opentelemetry/api";
import {
  callIsolated,
  type Clock,
  type CloseOptions,
  CORE_ERRORS,
  createErrorFactory,
  type EmitOptions,
  type EventInput,
  type FlushOptions,
  toSeverityNumber,
  type TraceContext,
} from "@plumbline/core";
import { AmbientAttributes } from "./ambient-attributes.ts";
import type { EventPipeline } from "./logger.ts";
import { ScopeLevels } from "./scope-levels.ts";
import type { ReloadListener, ReloadResult } from "./reload/reloads.ts";
import type { SharedState } from "./system-state.ts";
import type { RunningSystem } from "./system.ts";
import { type SystemReport, withStarting } from "./system-report.ts";
import type { TelemetryHost } from "./telemetry.ts";

const coreError = createErrorFactory(CORE_ERRORS);

/** Events that wait for the system at most. */
const MAX_WAITING = 10_000;
const INFO = 9;
const DEFAULT_FLUSH_MS = 30_000;

interface Waiting {
  readonly event: EventInput;
  /** Hands it on; for `emit` nobody waits for what comes of it. */
  readonly emit: (event: EventInput, pipeline: EventPipeline | undefined) => void;
}

/**
 * Stands in for a system that is being started. What is emitted meanwhile waits, raw, in the order it came, each event with the time and
 * the trace that it was emitted in, and goes into the system as soon as there is one. It is bounded: what goes over is dropped, and
 * counted.
 */
export class DeferredSystem implements TelemetryHost {
  readonly levels: ScopeLevels = new ScopeLevels(1, {});
  readonly ambient: AmbientAttributes = new AmbientAttributes();
  readonly #clock: Clock;
  readonly #ready: Promise<RunningSystem>;
  #pipeline: EventPipeline;
  #system: RunningSystem | undefined;
  #waiting: Waiting[] = [];
  #dropped = 0;

  /** `start` gives the system, made with the levels and attributes that are shared with it. It must not reject. */
  constructor(start: (shared: SharedState) => Promise<RunningSystem>, clock: Clock) {
    this.#clock = clock;
    this.#pipeline = this.#waitingPipeline();
    this.#ready = start(this).then((system) => {
      this.#attach(system);
      return system;
    });
  }

  get pipeline(): EventPipeline {
    return this.#pipeline;
  }

  /** How many events wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  report(): SystemReport {
    return withStarting(this.#system?.report(), { waiting: this.#waiting.length, dropped: this.#dropped });
  }

  async rotate(): Promise<void> {
    const system = await this.#ready;
    await system.rotate();
  }

  async reload(): Promise<ReloadResult> {
    const system = await this.#ready;
    return system.reload();
  }

  onReload(listener: ReloadListener): () => void {
    let isWanted = true;
    let end = (): void => undefined;
    void this.#ready.then((system) => {
      if (isWanted) end = system.onReload(listener);
    });
    return () => {
      isWanted = false;
      end();
    };
  }

  async close(options?: CloseOptions): Promise<void> {
    const system = await this.#ready;
    await system.close(options);
  }

  /** As {@link RunningSystem.endNow}, where the system is there. */
  endNow(): void {
    this.#system?.endNow();
  }

  /** Has `callback` called when the system is closed. */
  async onClosed(callback: () => void): Promise<void> {
    const system = await this.#ready;
    system.onClosed(callback);
  }

  #attach(system: RunningSystem): void {
    const { pipeline } = system;
    // Within one turn, so that nothing emitted later comes before what waits.
    for (const { event, emit } of this.#waiting) {
      const severity = toSeverityNumber(event.severity) ?? INFO;
      emit(event, severity >= this.levels.of(event.scope?.name) ? pipeline : undefined);
    }
    this.#waiting = [];
    this.#system = system;
    this.#pipeline = pipeline;
  }

  #waitingPipeline(): EventPipeline {
    return {
      isEnabled: () => true,
      emit: (event) => {
        this.#wait(event, (given, pipeline) => pipeline?.emit(given));
      },
      emitAsync: (event, options?: EmitOptions) =>
        new Promise((resolve, reject) => {
          const isTaken = this.#wait(event, (given, pipeline) => resolve(pipeline?.emitAsync(given, options)));
          if (!isTaken) reject(eventDropped());
        }),
      flush: (options) => this.#flush(options),
    };
  }

  /** One deadline for the start and what comes after it. */
  async #flush({ timeoutMs = DEFAULT_FLUSH_MS, ...options }: FlushOptions = {}): Promise<void> {
    const endMs = this.#clock.monotonicMs() + timeoutMs;
    const started = await callIsolated(this.#clock, timeoutMs, () => this.#ready);
    if (started.kind !== "returned") {
      throw coreError("PLB_FLUSH_INCOMPLETE", {
        message: "The flush ended before everything was settled: telemetry was not started.",
        details: { outputs: { pipeline: "PLB_FLUSH_INCOMPLETE" } },
      });
    }
    await started.value.pipeline.flush({ ...options, timeoutMs: Math.max(0, endMs - this.#clock.monotonicMs()) });
  }

  #wait(event: EventInput, emit: Waiting["emit"]): boolean {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      return false;
    }
    const time = event.time ?? BigInt(this.#clock.nowMicros()) * 1000n;
    this.#waiting.push({ event: { ...event, time, trace: event.trace ?? activeTrace() }, emit });
    return true;
  }
}

function eventDropped(): Error {
  const message = "The event was dropped: too many wait for telemetry to be started.";
  return coreError("PLB_EVENT_DROPPED", { message, details: { drops: [{ output: "pipeline", reason: "starting" }] } });
}

function activeTrace(): TraceContext | undefined {
  try {
    const span = trace.getSpanContext(context.active());
    return span && { traceId: span.traceId, spanId: span.spanId, flags: span.traceFlags };
  } catch {
    return undefined; // tracing is somebody else's: its failure must cost no event
  }
}
