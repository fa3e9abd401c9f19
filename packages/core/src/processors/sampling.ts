import type { EventDraft } from "../event.ts";
import { definePlugin } from "../plugin/define-plugin.ts";
import type { Plugin } from "../plugin/plugin.ts";
import type { Processor } from "../plugin/processor.ts";
import { toSeverityNumber, type SeverityNumber } from "../severity.ts";
import { activeSpan } from "../trace-context.ts";
import { createOptionsSchema, numberOption, type OptionReader } from "./options-schema.ts";

/** Options of the sampling processor. */
export interface SamplingOptions {
  /** The share of events that is kept, 0 to 1. */
  readonly ratio: number;
  /** Events of this severity and above are always kept; "never" keeps none. Default: `error`. */
  readonly keepMinSeverity: SeverityNumber | "never";
}

/** The default of `keepMinSeverity`: ERROR. */
const DEFAULT_KEEP: SeverityNumber = 17;

/**
 * Keeps a share of the events. Those of one trace are kept or filtered together, in this service and in every other that samples by the
 * same rule: the trace id's last 56 bits are its randomness, and an event is kept when they are not below (1 - ratio) × 2^56. Without a trace, each
 * event is drawn by itself.
 * Source: OpenTelemetry specification, "TraceState: Probability Sampling".
 */
export function createSamplingProcessor(options: SamplingOptions, random: () => number = Math.random): Processor {
  const keepFrom = options.keepMinSeverity === "never" ? Number.POSITIVE_INFINITY : options.keepMinSeverity;
  const rejected = 1 - options.ratio;
  return {
    readOnly: true,
    process(draft): EventDraft | undefined {
      if (draft.severity >= keepFrom) return draft;
      const traceId = draft.trace?.traceId ?? activeSpan()?.traceId;
      const drawn = (traceId === undefined ? undefined : traceRandomness(traceId)) ?? random();
      return drawn >= rejected ? draft : undefined;
    },
  };
}

/** 52 of the 56 random bits, which is what a number holds exactly, as a number in [0, 1). `undefined` where the id is none. */
function traceRandomness(traceId: string): number | undefined {
  if (!TRACE_ID.test(traceId) || traceId === NO_TRACE) return undefined;
  return Number.parseInt(traceId.slice(-14, -1), 16) / 2 ** 52;
}

const TRACE_ID = /^[0-9a-f]{32}$/;
const NO_TRACE = "0".repeat(32);

const keepMinSeverity: OptionReader<SamplingOptions["keepMinSeverity"]> = (value) => {
  if (value === "never") return { value };
  const severity = value === undefined ? DEFAULT_KEEP : toSeverityNumber(value);
  return severity === undefined
    ? { expected: "a severity (trace … fatal4, or 1 to 24) or never" }
    : { value: severity };
};

/** `use: "@plumbline/core/sampling"` */
export const sampling: Plugin<"processor", SamplingOptions> = definePlugin({
  id: "@plumbline/core/sampling",
  kind: "processor",
  apiVersion: 1,
  options: createOptionsSchema<SamplingOptions>({ ratio: numberOption(0, 1), keepMinSeverity }),
  create: (options) => createSamplingProcessor(options),
});
