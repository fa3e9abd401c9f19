import {
  type Clock,
  CORE_ERRORS,
  type FlushOptions,
  type OutputReport,
  type Pipeline,
  PlumblineError,
  type Service,
  type TelemetryReport,
} from "@plumbline/core";
import type { EarlyDrops } from "../early-drops.ts";
import { JournaledSink } from "./journaled-sink.ts";
import { type ServedPipeline, WholePipeline } from "./whole-pipeline.ts";

const DEFAULT_FLUSH_MS = 30_000;

/**
 * The sinks that the journal feeds, through all reloads: what they count stands in the report beside what the pipeline counts, one account a name, and a flush
 * of the pipeline waits for them.
 */
export class JournaledAccounts {
  readonly #clock: Clock;
  #current: readonly JournaledSink[] = [];
  /** Those before, which may still hand on what they have. */
  #leaving: readonly JournaledSink[] = [];
  /** Of those that have ended, summed up by name. */
  readonly #ended = new Map<string, OutputReport>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the services in force. */
  follow(services: readonly { readonly instance: Service }[]): void {
    const next = services.flatMap(({ instance }) => (instance instanceof JournaledSink ? [instance] : []));
    const left = [...this.#leaving, ...this.#current].filter((sink) => !next.includes(sink));
    this.#leaving = left.filter((sink) => !sink.isClosed);
    for (const sink of left) if (sink.isClosed) addReader(this.#ended, sink.report());
    this.#current = next;
  }

  /** The same report, with the accounts of journaled sinks behind the others; a name that was fed in both ways has one. */
  complete(report: TelemetryReport): TelemetryReport {
    const readers = new Map(this.#ended);
    for (const sink of [...this.#leaving, ...this.#current]) addReader(readers, sink.report());
    const byName = new Map(report.outputs.map((output) => [output.name, output]));
    for (const account of readers.values()) add(byName, account, 0);
    return { ...report, outputs: [...byName.values()] };
  }

  /** The pipeline, whose `flush` waits for these sinks, too, and whose `report` has them, and what was dropped before there was a pipeline. */
  around(pipeline: Pipeline, early?: EarlyDrops): ServedPipeline {
    return new WholePipeline(pipeline, {
      flush: (options) => this.#flush(pipeline, options),
      complete: (report) => {
        const whole = this.complete(report);
        return early?.complete(whole) ?? whole;
      },
    });
  }

  async #flush(pipeline: Pipeline, options: FlushOptions = {}): Promise<void> {
    const endMs = this.#clock.monotonicMs() + (options.timeoutMs ?? DEFAULT_FLUSH_MS);
    const kept = new Map<string, string>();
    try {
      // First: they see an event when the journal has it.
      await pipeline.flush(options);
    } catch (error) {
      for (const [name, code] of keptBy(error)) kept.set(name, code);
    }
    const remainingMs = Math.max(0, endMs - this.#clock.monotonicMs());
    const flushes = [...this.#leaving, ...this.#current].map(async (sink) => {
      const code = await sink.flush(remainingMs);
      if (code !== undefined) kept.set(sink.name, code);
    });
    await Promise.all(flushes);
    if (kept.size === 0) return;
    const named = [...kept].map(([name, code]) => `${name} (${code})`).join(", ");
    throw new PlumblineError("PLB_FLUSH_INCOMPLETE", CORE_ERRORS.PLB_FLUSH_INCOMPLETE, {
      message: `The flush ended before everything was settled: ${named}.`,
      details: { outputs: Object.fromEntries(kept) },
    });
  }
}

/** Adds the account of a reader to those before it of its name. What these have left in the journal, it takes over: it is not counted twice. */
function addReader(accounts: Map<string, OutputReport>, report: OutputReport): void {
  add(accounts, report, Math.min(accounts.get(report.name)?.queued ?? 0, report.adopted));
}

/** Adds an account to that of its name; `taken` stands in both, as queued there and as adopted here. */
function add(accounts: Map<string, OutputReport>, report: OutputReport, taken: number): void {
  const before = accounts.get(report.name);
  if (before === undefined) {
    accounts.set(report.name, report);
    return;
  }
  const dropped = new Map(Object.entries(before.dropped));
  for (const [reason, count] of Object.entries(report.dropped)) dropped.set(reason, (dropped.get(reason) ?? 0) + count);
  accounts.set(report.name, {
    name: report.name,
    accepted: before.accepted + report.accepted,
    adopted: before.adopted + report.adopted - taken,
    delivered: before.delivered + report.delivered,
    inFlight: before.inFlight + report.inFlight,
    queued: before.queued + report.queued - taken,
    filtered: before.filtered + report.filtered,
    dropped: Object.fromEntries(dropped),
    redelivered: before.redelivered + report.redelivered,
  });
}

/** What kept a flush of the pipeline, by output. Throws an error that is none of that. */
function keptBy(error: unknown): readonly [string, string][] {
  if (!PlumblineError.isInstance(error)) throw error;
  const { outputs } = error.details as { readonly outputs?: Readonly<Record<string, string>> }; // PLB_FLUSH_INCOMPLETE documents them
  if (outputs === undefined) throw error;
  return Object.entries(outputs);
}
