import type { DiagLogger } from "@opentelemetry/api";
import {
  callIsolated,
  type Clock,
  type CloseOptions,
  createPipeline,
  EmitGuard,
  errorCode,
  type EventInput,
  type InstrumentObservation,
  observeReport,
  type Pipeline,
  PlumblineError,
} from "@plumbline/core";
import { AmbientAttributes } from "./ambient-attributes.ts";
import { type Assembly, type AssemblyHost, assemble, configurationOf } from "./assembly.ts";
import { checkAsserts } from "./check-asserts.ts";
import { closeParts } from "./close-parts.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { sdkError } from "./error-codes.ts";
import { JournaledAccounts } from "./journaled/journaled-accounts.ts";
import type { ServedPipeline } from "./journaled/whole-pipeline.ts";
import { AssemblyInForce, type AssemblyHostInForce } from "./reload/assembly-in-force.ts";
import { differingPlaces } from "./reload/changes.ts";
import { journalParts, partsOf, startableOf } from "./reload/parts.ts";
import {
  type ConfigOrigin,
  type ReloadListener,
  type ReloadReport,
  type ReloadResult,
  Reloads,
} from "./reload/reloads.ts";
import { observeReloads } from "./reload/reload-metrics.ts";
import { Retirement } from "./reload/retirement.ts";
import { Revivals } from "./reload/revivals.ts";
import { SourceGates } from "./reload/source-gates.ts";
import { rotateFiles } from "./rotate-files.ts";
import { ScopeLevels } from "./scope-levels.ts";
import { closeOne, type Startable, startInOrder } from "./start-in-order.ts";
import type { SystemPlan } from "./system-plan.ts";
import { SystemSocket } from "./system-socket.ts";
import { createSystemReport, type SystemReport } from "./system-report.ts";
import type { SharedState } from "./system-state.ts";
import type { ReloadHost, TelemetryHost } from "./telemetry.ts";

const DEFAULT_CLOSE_MS = 30_000;
/** How long what an earlier reload left behind may take beyond the deadline, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

/** What {@link startSystem} needs beside the plan. */
export interface SystemOptions {
  readonly clock: Clock;
  /** Milliseconds that each component may take to start. */
  readonly startTimeoutMs: number;
  readonly diagnostics: DiagLogger;
  /** What was there before the system; it puts its config's levels in. */
  readonly shared?: SharedState | undefined;
  /** Default: `start`. */
  readonly origin?: ConfigOrigin | undefined;
}

/**
 * Makes everything that a plan asks for and starts it: the journal, processors, sinks, services, and sources last, each in the order of the
 * config. All of it or nothing: when one fails, what was started is closed again. Rejects with the coded error of what
 * cannot be made, `PLB_ASSERT_FAILED`, `PLB_START_FAILED`, or `PLB_START_TIMEOUT`.
 */
export async function startSystem(plan: SystemPlan, options: SystemOptions): Promise<RunningSystem> {
  checkAsserts(plan);
  const system = new RunningSystem(plan, options);
  await system.start();
  return system;
}

/** Parts that were made together, from their start to their close, and through every reload in between. */
export class RunningSystem implements TelemetryHost {
  readonly pipeline: ServedPipeline;
  readonly levels: ScopeLevels;
  readonly ambient: AmbientAttributes;
  readonly reloads: Reloads;
  readonly #host: AssemblyHostInForce;
  readonly #startedMicros: number;
  readonly #socket: SystemSocket;
  readonly #journaled: JournaledAccounts;
  readonly #force: AssemblyInForce;
  #metrics: readonly InstrumentObservation[] = [];
  #reloading: Promise<unknown> = Promise.resolve();
  #isStopped = false;
  #emitLate: Pipeline["emit"] | undefined;
  #closing: Promise<void> | undefined;
  #watch: ReloadHost | undefined;
  readonly #whenClosed: (() => void)[] = [];
  #saidMisordered = false;

  constructor(plan: SystemPlan, options: SystemOptions) {
    const { clock, diagnostics, shared, startTimeoutMs } = options;
    const revivals = new Revivals({ clock, diagnostics, startTimeoutMs });
    const base: AssemblyHost = {
      clock,
      writeLine: (event, severity) => this.#assembly.writer.write(event, severity),
      guard: new EmitGuard(),
      isDown: (instance) => revivals.isDown(instance),
    };
    const first = assemble(plan, base);
    const { guard } = base;
    const pipeline = createPipeline({
      clock,
      guard,
      diagnostics: createDiagnostics(),
      ...configurationOf(first),
    });
    this.#journaled = new JournaledAccounts(clock);
    this.#journaled.follow(first.services);
    this.pipeline = this.#journaled.around(pipeline, shared?.early);
    this.#host = {
      ...base,
      diagnostics,
      pipeline,
      gates: new SourceGates((event) => this.#emitFromSource(event)),
      revivals,
      retirement: new Retirement(clock, startTimeoutMs),
      hold: { current: undefined },
      startTimeoutMs,
      closeTimeoutMs: DEFAULT_CLOSE_MS,
    };
    this.#force = new AssemblyInForce(first, this.#host, (assembly) => this.#follow(assembly));
    this.#startedMicros = clock.nowMicros();
    this.#socket = new SystemSocket(clock, diagnostics, () => this.report());
    const emit = (event: EventInput): void => this.pipeline.emit(event);
    this.reloads = new Reloads({ clock, diagnostics, emit }, options.origin ?? "start");
    const { minSeverity, levels } = plan.config;
    this.levels = shared?.levels ?? new ScopeLevels(minSeverity, levels);
    this.levels.configure(minSeverity, levels);
    this.ambient = shared?.ambient ?? new AmbientAttributes();
  }

  /** Says it once: every call of the kind would say the same. */
  misordered(): void {
    if (this.#saidMisordered) return;
    this.#saidMisordered = true;
    this.#host.diagnostics.warn(
      'log.error({ … }, "text") has its arguments in another logger\'s order; here the text comes first: log.error("text", { … }). It was taken as meant.',
    );
  }

  get #assembly(): Assembly {
    return this.#force.current;
  }

  /** The plan in force. */
  get plan(): SystemPlan {
    return this.#assembly.plan;
  }

  /** See {@link startSystem}. */
  async start(): Promise<void> {
    const { clock, diagnostics, startTimeoutMs, gates, pipeline } = this.#host;
    const all = partsOf(this.#assembly);
    const startables = (areSources: boolean): readonly Startable[] =>
      all.filter(({ kind }) => (kind === "source") === areSources).map((part) => startableOf(part, gates));
    for (const source of this.#assembly.sources) gates.open(source);
    // Where a source does not start, those before it may have brought events: what feeds sinks ends before these are closed.
    const feed = { path: "pipeline", start: () => undefined, close: () => pipeline.close({ timeoutMs: 0 }) };
    const parts = [...journalParts(this.#assembly), ...startables(false), feed, ...startables(true)];
    await startInOrder(parts, { clock, timeoutMs: startTimeoutMs, diagnostics });
    this.#metrics = [
      observeReport({ report: () => this.pipeline.report(), clock }),
      observeReloads(() => this.#reloadReport(), clock),
    ];
    await this.#socket.follow(this.plan);
  }

  /**
   * Puts another plan in force while events flow: every event is in exactly one of the two. Reloads come one after the other. Rejects with what
   * kept it (`PLB_START_FAILED`, `PLB_START_TIMEOUT`, `PLB_ASSERT_FAILED`, `PLB_OUTPUT_OPTIONS_INVALID` …), and then the plan before stays in
   * force; or with `PLB_RELOAD_CLOSED`.
   */
  apply(plan: SystemPlan, origin: ConfigOrigin): Promise<ReloadResult> {
    const run = this.#reloading.then(() => this.#apply(plan, origin));
    this.#reloading = run.catch((error: unknown) => errorCode(error));
    return run;
  }

  report(): SystemReport {
    return createSystemReport(this.#assembly, this.pipeline.report(), this.#reloadReport(), this.#startedMicros);
  }

  #reloadReport(): ReloadReport {
    return {
      ...this.reloads.report(),
      isWatching: this.#watch?.isWatching ?? false,
      down: this.#host.revivals.places,
    };
  }

  /** Has reloads come from here; closed with the system. */
  watchWith(watch: ReloadHost): void {
    this.#watch = watch;
  }

  async reload(): Promise<ReloadResult> {
    if (this.#watch === undefined || this.#isStopped) throw sdkError("PLB_RELOAD_CLOSED");
    return this.#watch.reload();
  }

  onReload(listener: ReloadListener): () => void {
    return this.reloads.listen(listener);
  }

  rotate(): Promise<void> {
    return rotateFiles(this.#assembly, this.#host.clock);
  }

  /** Hands on what can be handed on without waiting, for a process that ends now. */
  endNow(): void {
    this.#host.hold.current?.endNow(this.#force.journal, this.#host.diagnostics);
    // Its synchronous part gives every queued batch to sinks that have room; files are written by their own exit hook, after this.
    this.pipeline.flush({ timeoutMs: 0 }).catch((error: unknown) => this.#host.diagnostics.debug(errorCode(error)));
    this.#socket.remove();
  }

  /** Has `callback` called when this is closed. */
  onClosed(callback: () => void): void {
    this.#whenClosed.push(callback);
  }

  close(options: CloseOptions = {}): Promise<void> {
    // At once: only what sources bring until they are closed still counts.
    this.#emitLate ??= this.pipeline.endIntake();
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_MS);
    return this.#closing;
  }

  async #apply(plan: SystemPlan, origin: ConfigOrigin): Promise<ReloadResult> {
    if (this.#isStopped) throw sdkError("PLB_RELOAD_CLOSED");
    try {
      checkAsserts(plan);
      const { clock, startTimeoutMs, retirement, revivals } = this.#host;
      // Readers that begin when a journal before is finished: what was emitted for them must have somebody to read it.
      if (this.#assembly.services.some(({ instance }) => revivals.isDown(instance))) {
        await callIsolated(clock, startTimeoutMs, () => retirement.followed());
      }
      const places = differingPlaces(this.plan, plan);
      if (places.length === 0 && revivals.places.length === 0) {
        this.#force.rename(plan);
        return this.reloads.unchanged(origin);
      }
      await this.#force.change(plan);
      return this.reloads.applied(places, origin);
    } catch (error) {
      // It is nobody's fault, and nobody is left to be told.
      throw isEnd(error) ? error : this.reloads.rejected(error);
    }
  }

  /** In the tick in which another assembly is in force. */
  async #follow({ services, plan }: Assembly): Promise<void> {
    this.#journaled.follow(services);
    this.levels.configure(plan.config.minSeverity, plan.config.levels);
    await this.#socket.follow(plan);
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    const { clock, diagnostics, revivals } = this.#host;
    const host = { clock, diagnostics };
    const endMs = clock.monotonicMs() + timeoutMs;
    const remainingMs = (): number => Math.max(0, endMs - clock.monotonicMs());
    await this.#watch?.close();
    await closeOne(
      { path: "reload", close: async () => void (await this.#reloading) },
      { ...host, timeoutMs: remainingMs() },
    );
    // A reload that is under way still ends in nothing.
    const last = this.#force.end();
    revivals.stop();
    await closeParts(last, this.pipeline, { ...host, remainingMs });
    const left = { path: "reload", close: () => this.#host.retirement.ended() };
    await closeOne(left, { ...host, timeoutMs: remainingMs() + CLOSE_GRACE_MS });
    for (const observation of this.#metrics) observation.close();
    await this.#socket.close();
    for (const callback of this.#whenClosed.splice(0)) callback();
  }

  #emitFromSource(event: EventInput): void {
    if (!this.levels.admits(event)) return;
    if (this.#emitLate === undefined) this.pipeline.emit(event);
    else this.#emitLate(event);
  }
}

function isEnd(error: unknown): boolean {
  return PlumblineError.isInstance(error) && error.code === "PLB_RELOAD_CLOSED";
}
