import { OUTPUT_DEFAULTS, type Signal } from "@plumbline/core";
import type { JournaledDeliveryOptions } from "./journaled-delivery.ts";
import { streamError } from "./stream-error.ts";
import { createStreamFilter, type StreamFilterOptions } from "./stream-filter.ts";

/** Options of a delivery with every default in its place. */
export interface DeliverySettings {
  readonly filter: StreamFilterOptions;
  readonly batch: (typeof OUTPUT_DEFAULTS)["batch"];
  readonly retry: (typeof OUTPUT_DEFAULTS)["retry"];
  readonly writeTimeoutMs: number;
  readonly concurrency: number;
  readonly begin: "earliest" | "now";
  readonly holdMs: number;
  readonly maxDeadLetterBytes: number;
}

/** The defaults of a journaled delivery, where they are not those of a direct output. */
export const DELIVERY_DEFAULTS = {
  begin: "now",
  holdMs: 86_400_000,
  maxDeadLetterBytes: 67_108_864,
} as const;

const DEFAULT_SIGNALS: readonly Signal[] = ["logs"];

/** Fills in the defaults. Throws `PLB_STREAM_OPTION_INVALID`. */
export function resolveDelivery(options: JournaledDeliveryOptions): DeliverySettings {
  const { sink, consumer, minSeverity, names, claimLease, slots } = options;
  const d = OUTPUT_DEFAULTS;
  // How the sink asks to be fed; its queue is the journal.
  const {
    maxBatchCount = d.batch.maxCount,
    maxDelayMs = d.batch.maxDelayMs,
    writeTimeoutMs = d.writeTimeoutMs,
  } = sink.feed ?? {};
  const filter = { wantedNames: names, minSeverity, signals: sink.signals ?? DEFAULT_SIGNALS };
  createStreamFilter(filter);
  if (slots !== undefined && claimLease === undefined) throw invalid("slots");
  if (consumer === "") throw invalid("consumer");
  return {
    filter,
    batch: {
      maxCount: atLeast("batch.maxCount", options.batch?.maxCount ?? maxBatchCount, 1),
      maxBytes: atLeast("batch.maxBytes", options.batch?.maxBytes ?? d.batch.maxBytes, 1),
      maxDelayMs: atLeast("batch.maxDelayMs", options.batch?.maxDelayMs ?? maxDelayMs, 0),
    },
    retry: {
      initialMs: atLeast("retry.initialMs", options.retry?.initialMs ?? d.retry.initialMs, 1),
      maxMs: atLeast("retry.maxMs", options.retry?.maxMs ?? d.retry.maxMs, 1),
      maxAttempts: atLeast("retry.maxAttempts", options.retry?.maxAttempts ?? Number.POSITIVE_INFINITY, 1),
      maxElapsedMs: atLeast("retry.maxElapsedMs", options.retry?.maxElapsedMs ?? Number.POSITIVE_INFINITY, 0),
    },
    writeTimeoutMs: atLeast("writeTimeoutMs", options.writeTimeoutMs ?? writeTimeoutMs, 1),
    concurrency: Number.isSafeInteger(sink.concurrency) ? Math.max(1, sink.concurrency ?? 1) : 1,
    begin: options.begin ?? DELIVERY_DEFAULTS.begin,
    holdMs: atLeast("holdMs", options.holdMs ?? DELIVERY_DEFAULTS.holdMs, 1),
    maxDeadLetterBytes: atLeast(
      "maxDeadLetterBytes",
      options.maxDeadLetterBytes ?? DELIVERY_DEFAULTS.maxDeadLetterBytes,
      0,
    ),
  };
}

function atLeast(option: string, value: number, least: number): number {
  if (!(value >= least)) throw invalid(option);
  return value;
}

function invalid(option: string): Error {
  return streamError("PLB_STREAM_OPTION_INVALID", {
    message: `The option ${option} of a journaled delivery has a value it cannot have.`,
    details: { option },
  });
}
