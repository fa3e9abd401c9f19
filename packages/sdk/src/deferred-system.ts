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
import { createDiagnostics } from "./diagnostics.ts";
import { type EarlyDropReason, EarlyDrops } from "./early-drops.ts";
import type { EventPipeline } from "./logger.ts";
import { ScopeLevels } from "./scope-levels.ts";
import type { ReloadListener, ReloadResult } from "./reload/reloads.ts";
import type { SharedState } from "./system-state.ts";
import type { RunningSystem } from "./system.ts";
import { createStartingReport, type SystemReport } from "./system-report.ts";
import type { TelemetryHost } from "./telemetry.ts";

const coreError = createErrorFactory(CORE_ERRORS);

/** Events that wait for the system at most. */
const MAX_WAITING = 10_000;
const INFO = 9;
/** What `flush` and `close` may take, in milliseconds, where nothing else is asked for. */
const DEFAULT_MS = 30_000;

interface Waiting {
  readonly event: EventInput;
  /** Hands it on; for `emit` nobody waits for what comes of it. */
  readonly emit: (event: EventInput, pipeline: EventPipeline | undefined) => void;
  readonly giveUp: (reason: EarlyDropReason) => void;
}

/**
 * Stands in for a system that is being started. What is emitted meanwhile waits, raw, in the order it came, each event with the time and
 * the trace that it was emitted in, and goes into the system as soon as there is one. It is bounded: what goes over is dropped, and
 * counted. So is what still waits when `close` comes to its deadline; a system that comes later is closed at once.
 */
export class DeferredSystem implements TelemetryHost {
  readonly levels: ScopeLevels = new ScopeLevels(1, {});
  readonly ambient: AmbientAttributes = new AmbientAttributes();
  readonly early: EarlyDrops = new EarlyDrops();
  readonly #clock: Clock;
  readonly #ready: Promise<RunningSystem>;
  #pipeline: EventPipeline;
  #system: RunningSystem | undefined;
  #waiting: Waiting[] = [];
  #isClosing = false;
  #isGivenUp = false;
  readonly #whenGivenUp: (() => void)[] = [];

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
    return this.#system?.report() ?? this.early.complete(createStartingReport(this.#waiting.length));
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

  /** One deadline for the start and what comes after it. What is emitted from now on is dropped. */
  async close({ timeoutMs = DEFAULT_MS }: CloseOptions = {}): Promise<void> {
    this.#isClosing = true;
    const endMs = this.#clock.monotonicMs() + timeoutMs;
    const started = await callIsolated(this.#clock, timeoutMs, () => this.#ready);
    if (started.kind !== "returned") this.#giveUp();
    else await started.value.close({ timeoutMs: Math.max(0, endMs - this.#clock.monotonicMs()) });
  }

  /** As {@link RunningSystem.endNow}, where the system is there. */
  endNow(): void {
    this.#system?.endNow();
  }

  /** Has `callback` called when the system is closed, or given up. */
  async onClosed(callback: () => void): Promise<void> {
    if (this.#isGivenUp) callback();
    else this.#whenGivenUp.push(callback);
    const system = await this.#ready;
    if (!this.#isGivenUp) system.onClosed(callback);
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.early.add("deadline", waiting.length);
    for (const { giveUp } of waiting) giveUp("deadline");
    if (waiting.length > 0)
      createDiagnostics("plumbline").error("Telemetry was closed before it had started; events that waited are lost.", {
        events: waiting.length,
      });
    for (const callback of this.#whenGivenUp.splice(0)) callback();
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
    if (this.#isGivenUp) void system.close({ timeoutMs: 0 });
  }

  #waitingPipeline(): EventPipeline {
    return {
      isEnabled: () => true,
      emit: (event) => {
        this.#wait({ event, emit: (given, pipeline) => pipeline?.emit(given), giveUp: () => undefined });
      },
      emitAsync: (event, options?: EmitOptions) =>
        new Promise((resolve, reject) => {
          this.#wait({
            event,
            emit: (given, pipeline) => resolve(pipeline?.emitAsync(given, options)),
            giveUp: (reason) => reject(eventDropped(reason)),
          });
        }),
      flush: (options) => this.#flush(options),
    };
  }

  /** One deadline for the start and what comes after it. */
  async #flush({ timeoutMs = DEFAULT_MS, ...options }: FlushOptions = {}): Promise<void> {
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

  #wait(waiting: Waiting): void {
    const refused = this.#isClosing ? "closed" : this.#waiting.length >= MAX_WAITING ? "starting" : undefined;
    if (refused !== undefined) {
      this.early.add(refused);
      waiting.giveUp(refused);
      return;
    }
    const { event } = waiting;
    const time = event.time ?? BigInt(this.#clock.nowMicros()) * 1000n;
    this.#waiting.push({ ...waiting, event: { ...event, time, trace: event.trace ?? activeTrace() } });
  }
}

function eventDropped(reason: EarlyDropReason): Error {
  const message = {
    starting: "The event was dropped: too many wait for telemetry to be started.",
    closed: "The event was dropped: telemetry is closed.",
    deadline: "The event was dropped: telemetry was closed before it had started.",
  }[reason];
  return coreError("PLB_EVENT_DROPPED", { message, details: { drops: [{ output: "pipeline", reason }] } });
}

function activeTrace(): TraceContext | undefined {
  try {
    const span = trace.getSpanContext(context.active());
    return span && { traceId: span.traceId, spanId: span.spanId, flags: span.traceFlags };
  } catch {
    return undefined; // tracing is somebody else's: its failure must cost no event
  }
}
