import type { DiagLogger } from "@opentelemetry/api";
import {
  type Clock,
  type CloseOptions,
  errorCode,
  type EventInput,
  observeReport,
  type Pipeline,
  PlumblineError,
  type ReportObservation,
  toSeverityNumber,
} from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import { AmbientAttributes } from "./ambient-attributes.ts";
import { type BuiltSystem, buildSystem } from "./build.ts";
import { JOURNAL_NAME } from "./config/config.ts";
import type { SharedState } from "./system-state.ts";
import { describeError } from "./describe-error.ts";
import { sdkError } from "./error-codes.ts";
import type { SystemPlan } from "./system-plan.ts";
import { openReportSocket, type ReportSocket } from "./report-socket.ts";
import { rotateFiles } from "./rotate-files.ts";
import { ScopeLevels } from "./scope-levels.ts";
import { closeOne, type Startable, startInOrder } from "./start-in-order.ts";
import { createSystemReport, type SystemReport } from "./system-report.ts";
import type { TelemetryHost } from "./telemetry.ts";

const DEFAULT_CLOSE_MS = 30_000;
/** How long the journal may take beyond the deadline to give its file up, in milliseconds. */
const CLOSE_GRACE_MS = 1000;
const INFO = 9;

/** What {@link startSystem} needs beside the plan. */
export interface SystemOptions {
  readonly clock: Clock;
  /** Milliseconds that each component may take to start. */
  readonly startTimeoutMs: number;
  readonly diagnostics: DiagLogger;
  /** Levels and attributes that were there before the system; it puts its config's levels in. */
  readonly shared?: SharedState | undefined;
}

/**
 * Makes everything that a plan asks for and starts it: the journal, processors, sinks, and sources last, each in the order of the
 * config. All of it or nothing: when one fails, what was started is closed again. Rejects with the coded error of what
 * cannot be made, `PLB_ASSERT_FAILED`, `PLB_START_FAILED`, or `PLB_START_TIMEOUT`.
 */
export async function startSystem(plan: SystemPlan, options: SystemOptions): Promise<RunningSystem> {
  checkAsserts(plan);
  const system = new RunningSystem(plan, buildSystem(plan, options), options);
  await system.start(options.startTimeoutMs);
  return system;
}

/** Throws `PLB_ASSERT_FAILED` where an assertion of a component does not hold. */
function checkAsserts(plan: SystemPlan): void {
  for (const component of plan.components) {
    if (!component.isWired || component.failedAssert === undefined) continue;
    const { path, failedAssert: reason } = component;
    throw sdkError("PLB_ASSERT_FAILED", {
      message: `${path} asserts what does not hold here: ${reason}.`,
      details: { component: path, reason },
    });
  }
}

/** Parts that were made together, from their start to their close. */
export class RunningSystem implements TelemetryHost {
  readonly pipeline: Pipeline;
  readonly levels: ScopeLevels;
  readonly ambient: AmbientAttributes;
  readonly #plan: SystemPlan;
  readonly #built: BuiltSystem;
  readonly #clock: Clock;
  readonly #diagnostics: DiagLogger;
  readonly #startedMicros: number;
  #socket: ReportSocket | undefined;
  #metrics: ReportObservation | undefined;
  #closing: Promise<void> | undefined;
  readonly #whenClosed: (() => void)[] = [];

  constructor(plan: SystemPlan, built: BuiltSystem, { clock, diagnostics, shared }: SystemOptions) {
    this.#plan = plan;
    this.#built = built;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    this.#startedMicros = clock.nowMicros();
    this.pipeline = built.pipeline;
    const { minSeverity, levels } = plan.config;
    this.levels = shared?.levels ?? new ScopeLevels(minSeverity, levels);
    this.levels.configure(minSeverity, levels);
    this.ambient = shared?.ambient ?? new AmbientAttributes();
  }

  /** See {@link startSystem}. */
  async start(timeoutMs: number): Promise<void> {
    const { journal, processors, sinks, sources, services } = this.#built;
    const components = [...processors, ...sinks, ...services].map(({ path, instance }): Startable => ({
      path,
      start: () => instance.start?.(),
      close: () => instance.close?.(),
    }));
    const origins = sources.map(({ path, instance }): Startable => ({
      path,
      start: () => instance.start((event) => this.#emitFromSource(event)),
      close: () => instance.close(),
    }));
    const files =
      journal === undefined ? [] : [{ path: JOURNAL_NAME, start: () => journal.start(), close: () => journal.close() }];
    await startInOrder([...files, ...components, ...origins], {
      clock: this.#clock,
      timeoutMs,
      diagnostics: this.#diagnostics,
    });
    this.#metrics = observeReport({ report: () => this.pipeline.report(), clock: this.#clock });
    await this.#openSocket();
  }

  report(): SystemReport {
    return createSystemReport(this.#plan, this.#built, this.#startedMicros);
  }

  rotate(): Promise<void> {
    return rotateFiles(this.#built, this.#clock);
  }

  /** Hands on what can be handed on without waiting, for a process that ends now. */
  endNow(): void {
    // Its synchronous part gives every queued batch to sinks that have room; files are written by their own exit hook, after this.
    this.pipeline.flush({ timeoutMs: 0 }).catch((error: unknown) => this.#diagnostics.debug(errorCode(error)));
    this.#socket?.remove();
  }

  /** Has `callback` called when this is closed. */
  onClosed(callback: () => void): void {
    this.#whenClosed.push(callback);
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_MS);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { journal, sources, processors, services } = this.#built;
    const host = { clock: this.#clock, diagnostics: this.#diagnostics };
    const endMs = this.#clock.monotonicMs() + timeoutMs;
    const remainingMs = (): number => Math.max(0, endMs - this.#clock.monotonicMs());
    const closes = sources.map(({ path, instance }) =>
      closeOne({ path, close: () => instance.close() }, { ...host, timeoutMs: remainingMs() }),
    );
    await Promise.all(closes);
    for (const { abort } of sources) abort.abort();
    await this.pipeline.close({ timeoutMs: remainingMs() });
    for (const { abort } of processors) abort.abort();
    // Whoever hands the journal's lines on has seen the last of them by now.
    const ends = services.map(async ({ path, instance, abort }) => {
      await closeOne({ path, close: () => instance.close() }, { ...host, timeoutMs: remainingMs() + CLOSE_GRACE_MS });
      abort.abort();
    });
    await Promise.all(ends);
    if (journal !== undefined) await this.#closeJournal(journal, remainingMs());
    this.#metrics?.close();
    await this.#socket?.close();
    for (const callback of this.#whenClosed.splice(0)) callback();
  }

  async #closeJournal(journal: FileSink, timeoutMs: number): Promise<void> {
    const deadline = new AbortController();
    const timer = this.#clock.setTimer(() => deadline.abort(), timeoutMs);
    await closeOne(
      { path: JOURNAL_NAME, close: () => journal.close({ signal: deadline.signal }) },
      { clock: this.#clock, diagnostics: this.#diagnostics, timeoutMs: timeoutMs + CLOSE_GRACE_MS },
    );
    timer.cancel();
  }

  #emitFromSource(event: EventInput): void {
    if (this.#reachesLevel(event)) this.pipeline.emit(event);
  }

  #reachesLevel(event: EventInput): boolean {
    try {
      return (toSeverityNumber(event.severity) ?? INFO) >= this.levels.of(event.scope?.name);
    } catch {
      return true; // an event that cannot be read; the pipeline counts it as failed
    }
  }

  async #openSocket(): Promise<void> {
    const { config, dataDir, stem } = this.#plan;
    if (!config.reportSocket || dataDir === undefined) return;
    try {
      this.#socket = await openReportSocket({
        directory: dataDir,
        stem,
        clock: this.#clock,
        report: () => this.report(),
      });
    } catch (error) {
      const reason = PlumblineError.isInstance(error) ? error.message : describeError(error);
      this.#diagnostics.warn(`${reason} (${errorCode(error)})`);
    }
  }
}
