import type { Clock } from "../clock.ts";
import { coreError } from "../error-codes.ts";
import { errorCode } from "../errors.ts";
import type { EventInput } from "../event.ts";
import type { Durability } from "../durability.ts";
import type { Journal } from "../journal.ts";
import { callIsolated } from "../plugin/isolate.ts";
import type { Sink } from "../plugin/sink.ts";
import { createOnceReporter, type OnceReporter } from "../report-once.ts";
import type { SeverityNumber } from "../severity.ts";
import { Accounts } from "./accounts.ts";
import { EmitGuard } from "./emit-guard.ts";
import { FailureReporter, type RedactText } from "./failure-reporter.ts";
import { Intake } from "./intake.ts";
import type { Output } from "./output.ts";
import type {
  CloseOptions,
  EmitOptions,
  FlushOptions,
  HeldOutput,
  Pipeline,
  PipelineConfiguration,
  PipelineOptions,
} from "./pipeline.ts";
import { ProcessorStage } from "./processor-chain.ts";
import { appendTo, eventDropped, whenAdmitted, whenSettled } from "./settle-line.ts";
import { holdersOf, succeed } from "./succession.ts";
import { RunningCounts } from "./running-counts.ts";
import { CLOSE_GRACE_MS } from "./sink-calls.ts";
import type { TelemetryReport } from "./telemetry-report.ts";
import { checkWiring, wire, type Wiring, type WiringHost } from "./wiring.ts";

/** A pipeline of parts that are started already. Throws `PLB_OUTPUT_OPTIONS_INVALID`. */
export function createPipeline(options: PipelineOptions): Pipeline {
  return new EventPipeline(options);
}

const DEFAULT_TIMEOUT_MS = 30_000;
const NOTHING: Promise<undefined> = Promise.resolve(undefined);

class EventPipeline implements Pipeline {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #reporter: OnceReporter;
  readonly #failures: FailureReporter;
  readonly #guard: EmitGuard;
  readonly #intake: Intake;
  readonly #accounts = new Accounts();
  readonly #lines = new RunningCounts();
  readonly #redacted = new RunningCounts();
  readonly #draining = new Set<Output>();
  /** Of those, what was released early: once, since from then on it goes on through another's sink. */
  readonly #releasedEarly = new WeakMap<Output, Promise<void>>();
  readonly #givenUp = new WeakSet<Sink>();
  /** Journals of earlier configurations, until what they have is written. */
  readonly #leaving = new Set<Journal>();
  #redactText: RedactText | undefined;
  #wiring: Wiring;
  #closing: Promise<void> | undefined;

  constructor(options: PipelineOptions) {
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#reporter = createOnceReporter(options.diagnostics);
    this.#failures = this.#failuresOf("pipeline");
    this.#guard = options.guard ?? new EmitGuard();
    this.#intake = new Intake(this.#guard, this.#failures);
    this.#wiring = wire(options, undefined, this.#wiringHost());
    this.#follow(options);
  }

  isEnabled(severity: SeverityNumber): boolean {
    const { minSeverity, lowestTaken, stages } = this.#wiring;
    // A processor may raise a severity, so before one only the pipeline's own threshold counts.
    return this.#intake.isOpen && severity >= minSeverity && (stages.length > 0 || severity >= lowestTaken);
  }

  emit(event: EventInput): void {
    this.#emit(event, false);
  }

  endIntake(): (event: EventInput) => void {
    this.#intake.end();
    return (event) => this.#emit(event, true);
  }

  #emit(event: EventInput, isLate: boolean): void {
    const wiring = this.#wiring;
    const line = this.#intake.admit(event, wiring, isLate);
    if (typeof line === "string") return;
    for (const output of wiring.outputs) output.offer(line);
    const { journal } = wiring;
    if (journal === undefined) return;
    if (line.severity < wiring.journalMinSeverity) {
      journal.ledger.filter();
      return;
    }
    try {
      journal.append(line);
    } catch (error) {
      this.#failures.report("PLB_EMIT_FAILED", `the journal threw (${errorCode(error)})`, error);
    }
  }

  // Not `async`: with a journal alone the promise is the journal's own, and nothing is added to it for every event.
  emitAsync(event: EventInput, options: EmitOptions = {}): Promise<string | undefined> {
    const wiring = this.#wiring;
    const line = this.#intake.admit(event, wiring);
    if (line === "disabled" || line === "filtered") return NOTHING;
    if (typeof line === "string") return Promise.reject(eventDropped([{ output: "pipeline", reason: line }]));
    const { journal, outputs } = wiring;
    if (journal !== undefined && line.severity >= wiring.journalMinSeverity) {
      const written = appendTo(journal, line, options.durability);
      return outputs.length === 0 ? written : whenAdmitted(written, outputs, line);
    }
    journal?.ledger.filter();
    return whenSettled(outputs, line);
  }

  async flush(options: FlushOptions = {}): Promise<void> {
    const { durability, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const { journal, outputs } = this.#wiring;
    const flushes = [...outputs, ...this.#draining].map(async (output): Promise<[string, string | undefined]> => {
      return [output.name, await output.flush(durability, timeoutMs)];
    });
    for (const each of journal === undefined ? this.#leaving : [...this.#leaving, journal])
      flushes.push(this.#flushJournal(each, durability, timeoutMs));
    const results = await Promise.all(flushes);
    const kept = results.filter(([, code]) => code !== undefined);
    if (kept.length === 0) return;
    throw coreError("PLB_FLUSH_INCOMPLETE", {
      message: `The flush ended before everything was settled: ${kept.map(describeKept).join(", ")}.`,
      details: { outputs: Object.fromEntries(kept) },
    });
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#intake.close();
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  report(): TelemetryReport {
    const { outputs, stages } = this.#wiring;
    return {
      intake: this.#intake.report(),
      outputs: this.#accounts.outputs(outputs.map(({ name }) => name)),
      processors: this.#accounts.processors(stages.map(({ account }) => account.name)),
      lines: this.#lines.total(),
      redacted: this.#redacted.total(),
    };
  }

  async reconfigure(next: PipelineConfiguration, options: CloseOptions = {}): Promise<void> {
    if (this.#closing !== undefined) throw coreError("PLB_PIPELINE_CLOSED");
    const before = this.#wiring;
    const wiring = wire(next, before, this.#wiringHost());
    this.#wiring = wiring;
    this.#follow(next);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (before.journal !== undefined && before.journal !== wiring.journal) void this.#leave(before.journal, timeoutMs);
    const removed = before.outputs.filter((output) => !wiring.outputs.includes(output));
    for (const output of removed) this.#givenUp.add(output.sink);
    const added = wiring.outputs.filter((output) => !before.outputs.includes(output));
    const held = wiring.outputs.filter((output) => output.isReleased && before.outputs.includes(output));
    const drained = succeed({ removed, added, held, draining: this.#draining, timeoutMs });
    const gone = before.stages.filter(({ processor }) => !wiring.stages.some((stage) => stage.processor === processor));
    await Promise.all([...drained, this.#closeStages(gone)]);
  }

  check(next: PipelineConfiguration): void {
    checkWiring(next, this.#wiring, this.#wiringHost());
  }

  async release(name: string, options: CloseOptions = {}): Promise<void> {
    const output = this.#wiring.outputs.find((each) => each.name === name);
    if (output === undefined) return;
    this.#givenUp.add(output.sink);
    await output.release(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  async releaseLeaving(
    claims: readonly string[],
    { timeoutMs = DEFAULT_TIMEOUT_MS }: CloseOptions = {},
  ): Promise<void> {
    const releases = holdersOf(claims, this.#draining).map((output) => {
      const release = this.#releasedEarly.get(output) ?? output.release(timeoutMs);
      this.#releasedEarly.set(output, release);
      return release;
    });
    await Promise.all(releases);
  }

  output(name: string): HeldOutput | undefined {
    return this.#wiring.outputs.find((each) => each.name === name);
  }

  substitute(name: string, sink: Sink, abort?: AbortController): void {
    this.#released(name)?.substitute(sink, abort);
  }

  resume(name: string, sink: Sink, abort?: AbortController): void {
    const output = this.#released(name);
    output?.substitute(sink, abort);
    output?.resume();
  }

  #released(name: string): Output | undefined {
    return this.#wiring.outputs.find((each) => each.name === name && each.isReleased);
  }

  async #close(timeoutMs: number): Promise<void> {
    const { journal, outputs, stages } = this.#wiring;
    const closes: Promise<unknown>[] = outputs.map((output) => output.close(timeoutMs));
    if (journal !== undefined) closes.push(this.#flushJournal(journal, undefined, timeoutMs));
    closes.push(this.#endDraining(timeoutMs));
    await Promise.all(closes);
    await this.#closeStages(stages);
  }

  /** Outputs that an earlier reconfiguration removed have a deadline of their own, which may be later than the pipeline's. */
  async #endDraining(timeoutMs: number): Promise<void> {
    const closes = [...this.#draining].map((output) => output.close(timeoutMs));
    const drained = await callIsolated(this.#clock, timeoutMs, () => Promise.all(closes));
    if (drained.kind !== "timedOut") return;
    for (const output of this.#draining) output.giveUp();
    await callIsolated(this.#clock, CLOSE_GRACE_MS, () => drained.late);
  }

  async #closeStages(stages: readonly ProcessorStage[]): Promise<void> {
    const closes = stages.map(async ({ processor, account }) => {
      const closed = await callIsolated(this.#clock, CLOSE_GRACE_MS, () => this.#guard.call(() => processor.close?.()));
      if (closed.kind === "returned") return;
      const code = closed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(closed.error);
      this.#failuresOf(account.name).report(code, "close failed");
    });
    await Promise.all(closes);
  }

  async #leave(journal: Journal, timeoutMs: number): Promise<void> {
    this.#leaving.add(journal);
    await this.#flushJournal(journal, undefined, timeoutMs);
    this.#leaving.delete(journal);
  }

  async #flushJournal(
    journal: Journal,
    durability: Durability | undefined,
    timeoutMs: number,
  ): Promise<[string, string | undefined]> {
    const deadline = new AbortController();
    const options = { signal: deadline.signal, ...(durability === undefined ? {} : { durability }) };
    const flushed = await callIsolated(this.#clock, timeoutMs, () => journal.flush(options));
    const { name } = journal.ledger;
    if (flushed.kind === "returned") return [name, undefined];
    if (flushed.kind === "threw") return [name, errorCode(flushed.error)];
    deadline.abort();
    return [name, "PLB_FLUSH_INCOMPLETE"];
  }

  /** Reads the counts of a configuration's parts, and its redactor for texts in diagnostics. */
  #follow({ writer, redactor, journal }: PipelineConfiguration): void {
    this.#accounts.setJournal(journal?.journal.ledger);
    this.#lines.follow(writer);
    this.#redacted.follow(redactor);
    this.#redactText = redactor === undefined ? undefined : (text) => redactor.text(text);
  }

  #failuresOf(component: string): FailureReporter {
    return new FailureReporter(this.#reporter, component, () => this.#redactText);
  }

  #wiringHost(): WiringHost {
    const clock = this.#clock;
    const random = this.#random;
    const failuresOf = (name: string): FailureReporter => this.#failuresOf(name);
    return {
      outputHost: (name) => ({
        clock,
        random,
        ledger: this.#accounts.ofOutput(name),
        guard: this.#guard,
        failures: failuresOf(name),
      }),
      isGivenUp: (sink) => this.#givenUp.has(sink),
      stage: ({ name, processor }) =>
        new ProcessorStage(processor, this.#accounts.ofProcessor(name), { clock, random, failuresOf }),
    };
  }
}

/** The flush's own code is said once, with the error. */
function describeKept([name, code]: readonly [string, string | undefined]): string {
  return code === "PLB_FLUSH_INCOMPLETE" ? name : `${name} (${code})`;
}
