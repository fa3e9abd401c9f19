import {
  type EventLine,
  type FeedDefaults,
  type PartialRejection,
  PlumblineError,
  type PluginContext,
  RetryableError,
  type Signal,
  type Sink,
  type WriteOptions,
} from "@plumbline/core";
import type { Lane, Settled } from "./deliver/lane.ts";
import { createLanes, type Lanes } from "./deliver/lanes.ts";
import { otlpError } from "./otlp-error.ts";
import { readOtlpEnvironment, type OtlpEnvironment } from "./settings/environment.ts";
import type { OtlpOptions } from "./settings/options.ts";

const SIGNALS: readonly Signal[] = ["logs", "traces", "metrics"];

/** What an OTLP sink needs of its host. */
export interface OtlpSinkHost extends Pick<PluginContext, "name" | "clock" | "diagnostics" | "signal"> {
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A sink that delivers lines of all three signals to an OTLP receiver. */
export interface OtlpSink extends Sink, AsyncDisposable {
  /** Reads certificates, and finds the proxy. Rejects with `PLB_OTLP_FILE_UNREADABLE`, or with `PLB_OTLP_PROXY` for one that is neither http nor https. */
  start(): Promise<void>;
  /**
   * Resolves when the receiver has the batch; with how many it rejected, where it rejected some. Rejects with `RetryableError` when the
   * batch, or what is left of it, is to be given again: parts that arrived are remembered by their lines, and not sent twice. Rejects with
   * `PLB_OTLP_REFUSED`, `PLB_OTLP_REDIRECTED`, `PLB_OTLP_TOO_LARGE`, `PLB_OTLP_PARTIAL` or `PLB_OTLP_LINE_INVALID` when all of it was refused for good.
   */
  write(batch: readonly EventLine[], options: WriteOptions): Promise<void | PartialRejection>;
  /** Ends what is under way, and closes the connections. */
  close(): Promise<void>;
  /** What happened on the way, by name or code: `requests`, `bytes`, `splits`, `PLB_OTLP_BUSY` … */
  counts(): Readonly<Record<string, number>>;
}

/**
 * Makes a sink that sends to an OTLP receiver. Nothing is opened before `start`. What the options leave out comes from `OTEL_EXPORTER_OTLP_*`
 * and `OTEL_BLRP_*`, and else from the defaults. Throws `PLB_OTLP_OPTION_INVALID`.
 */
export function createOtlpSink(options: OtlpOptions, host: OtlpSinkHost): OtlpSink {
  return new LaneSink(options, host);
}

class LaneSink implements OtlpSink {
  readonly signals: readonly Signal[] = SIGNALS;
  readonly concurrency: number;
  readonly feed: FeedDefaults;
  readonly #host: OtlpSinkHost;
  readonly #env: OtlpEnvironment;
  readonly #lanes: Lanes;
  /** Lines that arrived, or were refused, in a batch that is to be given again; true for those refused. */
  readonly #settled = new WeakMap<EventLine, boolean>();
  /** Whether there ever were such lines: until then none is looked up. */
  #hasSettled = false;
  #hasWarned = false;
  readonly #giveUp = (): void => this.#closeLanes();

  constructor(options: OtlpOptions, host: OtlpSinkHost) {
    this.#host = host;
    this.#env = readOtlpEnvironment(host.env ?? process.env);
    this.#lanes = createLanes(options, this.#env, host, SIGNALS);
    this.concurrency = this.#lanes.concurrency;
    const { batch } = this.#env;
    this.feed = {
      maxQueueCount: batch.maxQueueSize,
      maxBatchCount: batch.maxExportBatchSize ?? DEFAULT_BATCH.maxExportBatchSize,
      maxDelayMs: batch.scheduleDelayMs ?? DEFAULT_BATCH.scheduleDelayMs,
      writeTimeoutMs: batch.exportTimeoutMs ?? DEFAULT_BATCH.exportTimeoutMs,
    };
  }

  async start(): Promise<void> {
    this.#warn();
    // All of them to their end: one that fails late would fail the next start with what was true before.
    const started = await Promise.allSettled([...this.#lanes.bySignal.values()].map((lane) => lane.start()));
    for (const each of started) if (each.status === "rejected") throw each.reason;
    this.#host.signal.addEventListener("abort", this.#giveUp);
    if (this.#host.signal.aborted) this.#giveUp();
  }

  /** Once: a start that failed is tried again with every batch. */
  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    for (const warning of this.#env.warnings) this.#host.diagnostics.warn(`plumbline: ${this.#host.name}: ${warning}`);
  }

  async write(batch: readonly EventLine[], { signal }: WriteOptions): Promise<void | PartialRejection> {
    const outcome = new Outcome();
    let retry: RetryableError | undefined;
    for (const lane of this.#lanes.bySignal.values()) {
      try {
        // Nearly always all of them are of one signal: then nobody looks at them again.
        if ((await this.#deliver(lane, batch, signal, outcome)) === batch.length) break;
      } catch (error) {
        if (!RetryableError.isInstance(error)) throw error;
        retry ??= error; // the other signals go their own way
      }
    }
    if (retry !== undefined) {
      this.#hasSettled = outcome.remember(this.#settled) || this.#hasSettled;
      throw retry;
    }
    return this.#answer(batch, outcome);
  }

  async close(): Promise<void> {
    this.#host.signal.removeEventListener("abort", this.#giveUp);
    this.#closeLanes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  counts(): Readonly<Record<string, number>> {
    return this.#lanes.counts.report();
  }

  /** Gives how many of the lines are the lane's. */
  async #deliver(lane: Lane, batch: readonly EventLine[], signal: AbortSignal, outcome: Outcome): Promise<number> {
    const isOwn = (line: EventLine): boolean =>
      line.signal === lane.signal && !(this.#hasSettled && this.#settled.has(line));
    const lines = batch.every(isOwn) ? batch : batch.filter(isOwn);
    try {
      await lane.deliver(lines, signal, (settled) => outcome.add(settled));
    } catch (error) {
      if (RetryableError.isInstance(error)) throw error;
      outcome.fail(lines, error); // what no other try would change is the lane's own affair
    }
    return lines.length;
  }

  #answer(batch: readonly EventLine[], outcome: Outcome): void | PartialRejection {
    let rejected = outcome.rejected;
    if (this.#hasSettled) for (const line of batch) if (this.#settled.get(line) === true) rejected += 1;
    if (rejected === 0) return undefined;
    if (rejected === batch.length && outcome.error !== undefined) throw outcome.error;
    return { rejected, reason: outcome.error?.code ?? "PLB_OTLP_PARTIAL" };
  }

  #closeLanes(): void {
    for (const lane of this.#lanes.bySignal.values()) lane.close();
  }
}

/** What is settled in one call of `write`. */
class Outcome {
  rejected = 0;
  error: Settled["error"];
  readonly #parts: Settled[] = [];

  add(settled: Settled): void {
    this.#parts.push(settled);
    this.rejected += settled.rejected;
    this.error ??= settled.error;
  }

  /** Settles those that are not yet: their request could not even be made. */
  fail(lines: readonly EventLine[], cause: unknown): void {
    const known = new Set(this.#parts.flatMap((part) => part.lines));
    const rest = lines.filter((line) => !known.has(line));
    const error = PlumblineError.isInstance(cause) ? cause : otlpError("PLB_OTLP_LINE_INVALID", { cause });
    this.add({ lines: rest, rejected: rest.length, error });
  }

  /** Which of a part were rejected nobody knows: as many as were are counted as the first. Says whether there were any. */
  remember(settled: WeakMap<EventLine, boolean>): boolean {
    for (const { lines, rejected } of this.#parts) {
      for (const [index, line] of lines.entries()) settled.set(line, index < rejected);
    }
    return this.#parts.length > 0;
  }
}

/**
 * The defaults of `OTEL_BLRP_*`, but for the queue: 2,048 events are what a burst overflows, so the queue is bounded by bytes, as for any sink.
 * Source: OpenTelemetry specification, "Environment Variable Specification", "Batch LogRecord Processor".
 */
const DEFAULT_BATCH = { scheduleDelayMs: 1000, exportTimeoutMs: 30_000, maxExportBatchSize: 512 } as const;
