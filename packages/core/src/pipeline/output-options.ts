import { coreError } from "../error-codes.ts";
import type { Signal } from "../event.ts";
import type { JournalLine } from "../line-record.ts";
import type { Sink } from "../plugin/sink.ts";
import type { SeverityNumber } from "../severity.ts";
import { createLineFilter, isNamePattern, type NamePatterns } from "./line-filter.ts";

/**
 * What is done with an event when the queue is full.
 * - `block`: `emitAsync` waits for room; `emit`, which never waits, drops the new event.
 * - `drop-newest`: the new event is dropped.
 * - `drop-oldest`: the oldest that are still queued are dropped until the new one has room.
 */
export type QueuePolicy = "block" | "drop-newest" | "drop-oldest";

export interface QueueOptions {
  /** How many events may wait. What was handed to the sink does not count. */
  readonly maxCount?: number | undefined;
  /** How much may wait, by `EventLine.size` (bytes of memory). A larger event is dropped. */
  readonly maxBytes?: number | undefined;
  readonly policy?: QueuePolicy | undefined;
}

export interface BatchOptions {
  /** How many events one `write` gets at most. */
  readonly maxCount?: number | undefined;
  /** How much one `write` gets at most, by `EventLine.size`; a single larger event goes alone. */
  readonly maxBytes?: number | undefined;
  /** How long an event may wait for others to go with it, in milliseconds. 0 sends what one tick has emitted. */
  readonly maxDelayMs?: number | undefined;
}

export interface RetryOptions {
  /** The longest first pause, in milliseconds; it doubles with each failure in a row. */
  readonly initialMs?: number | undefined;
  /** The longest pause, in milliseconds. */
  readonly maxMs?: number | undefined;
  /** How often one batch is handed to the sink at most. */
  readonly maxAttempts?: number | undefined;
  /** How long after its first failure a batch is still retried, in milliseconds. */
  readonly maxElapsedMs?: number | undefined;
}

/** One direct output: a sink, started by whoever made it, and how it is fed. */
export interface OutputOptions {
  /** Unique in its pipeline; stands in reports and metrics. */
  readonly name: string;
  readonly sink: Sink;
  /** Events below are filtered. */
  readonly minSeverity?: SeverityNumber | undefined;
  /** Events of other names, or without one, are filtered. */
  readonly names?: NamePatterns | undefined;
  readonly queue?: QueueOptions | undefined;
  readonly batch?: BatchOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long one `write` may take, in milliseconds, before its outcome counts as unknown. */
  readonly writeTimeoutMs?: number | undefined;
  /** Aborted when `close` has reached its deadline: the controller behind the sink's `context.signal`. */
  readonly abort?: AbortController | undefined;
}

/** Options of which none is left out. */
export type Filled<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };

/** The type of {@link OUTPUT_DEFAULTS}. */
export interface OutputDefaults {
  readonly minSeverity: SeverityNumber;
  readonly queue: Filled<QueueOptions>;
  readonly batch: Filled<BatchOptions>;
  readonly retry: Filled<RetryOptions>;
  readonly writeTimeoutMs: number;
}

/** The defaults of {@link OutputOptions}. */
export const OUTPUT_DEFAULTS: OutputDefaults = {
  minSeverity: 1,
  queue: { maxCount: 1_000_000, maxBytes: 64 * 1024 * 1024, policy: "drop-newest" },
  batch: { maxCount: 512, maxBytes: 1024 * 1024, maxDelayMs: 200 },
  retry: { initialMs: 500, maxMs: 30_000, maxAttempts: Number.POSITIVE_INFINITY, maxElapsedMs: 300_000 },
  writeTimeoutMs: 30_000,
};

/** Options with every default filled in. */
export interface OutputSettings {
  readonly minSeverity: SeverityNumber;
  readonly takes: (line: JournalLine) => boolean;
  readonly queue: Filled<QueueOptions>;
  readonly batch: Filled<BatchOptions>;
  readonly retry: Filled<RetryOptions>;
  readonly writeTimeoutMs: number;
  readonly concurrency: number;
}

const DEFAULT_SIGNALS: readonly Signal[] = ["logs"];
const POLICIES: readonly QueuePolicy[] = ["block", "drop-newest", "drop-oldest"];

/** Fills in the defaults. Throws `PLB_OUTPUT_OPTIONS_INVALID` with every option that cannot be in `details.issues`. */
export function resolveOutputOptions(options: OutputOptions): OutputSettings {
  const { sink, names, minSeverity = OUTPUT_DEFAULTS.minSeverity } = options;
  const feed = sink.feed ?? {};
  const settings: OutputSettings = {
    minSeverity,
    takes: createLineFilter({ minSeverity, names, signals: [...(sink.signals ?? DEFAULT_SIGNALS)] }),
    queue: fillIn(fillIn(OUTPUT_DEFAULTS.queue, { maxCount: feed.maxQueueCount }), options.queue),
    batch: fillIn(
      fillIn(OUTPUT_DEFAULTS.batch, { maxCount: feed.maxBatchCount, maxDelayMs: feed.maxDelayMs }),
      options.batch,
    ),
    retry: fillIn(OUTPUT_DEFAULTS.retry, options.retry),
    writeTimeoutMs: options.writeTimeoutMs ?? feed.writeTimeoutMs ?? OUTPUT_DEFAULTS.writeTimeoutMs,
    concurrency: Number.isSafeInteger(sink.concurrency) ? Math.max(1, sink.concurrency ?? 1) : 1,
  };
  const issues = findIssues(options, settings);
  if (issues.length > 0) {
    throw coreError("PLB_OUTPUT_OPTIONS_INVALID", {
      message: `The output ${options.name} cannot be fed this way: ${issues.join("; ")}.`,
      details: { name: options.name, issues },
    });
  }
  return settings;
}

/** An option that is given as `undefined` is one that is left out. */
function fillIn<Options extends object>(defaults: Filled<Options>, given: Options | undefined): Filled<Options> {
  const stated = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(stated) };
}

function findIssues({ name, names }: OutputOptions, { queue, batch, retry, writeTimeoutMs }: OutputSettings): string[] {
  const issues: string[] = [];
  const atLeast = (option: string, value: number, least: number): void => {
    if (!(value >= least)) issues.push(`${option} is ${value}, at least ${least} was expected`);
  };
  if (name === "") issues.push("name is empty");
  for (const pattern of names ?? []) {
    if (!isNamePattern(pattern))
      issues.push(`names has ${JSON.stringify(pattern)}; a * may only end a namespace (ns.*)`);
  }
  if (!POLICIES.includes(queue.policy)) issues.push(`queue.policy is not one of ${POLICIES.join(", ")}`);
  atLeast("queue.maxCount", queue.maxCount, 1);
  atLeast("queue.maxBytes", queue.maxBytes, 1);
  atLeast("batch.maxCount", batch.maxCount, 1);
  atLeast("batch.maxBytes", batch.maxBytes, 1);
  atLeast("batch.maxDelayMs", batch.maxDelayMs, 0);
  atLeast("retry.initialMs", retry.initialMs, 1);
  atLeast("retry.maxMs", retry.maxMs, 1);
  atLeast("retry.maxAttempts", retry.maxAttempts, 1);
  atLeast("retry.maxElapsedMs", retry.maxElapsedMs, 0);
  atLeast("writeTimeoutMs", writeTimeoutMs, 1);
  return issues;
}
