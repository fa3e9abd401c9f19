import { createSystemClock, type Clock, type Durability } from "@plumbline/core";
import type { ReadMemory } from "./read-memory.ts";
import { streamError } from "./stream-error.ts";
import { createStreamFilter, type StreamFilter } from "./stream-filter.ts";
import type { StreamDiagnostics, StreamStart, SubscribeOptions } from "./subscribe.ts";

/** Options with every default in its place. */
export interface SubscriptionSettings {
  readonly cursor: StreamStart;
  readonly filter: StreamFilter | undefined;
  readonly durability: Durability;
  readonly maxBatchCount: number;
  readonly maxBatchBytes: number;
  readonly progressEvery: number;
  readonly lingerMs: number;
  readonly pollMs: number;
  readonly strayCursor: "refuse" | "gap";
  readonly keepAlive: boolean;
  readonly memory: ReadMemory | undefined;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly diagnostics: StreamDiagnostics | undefined;
}

/** The defaults of a subscription. */
export const SUBSCRIPTION_DEFAULTS = {
  durability: "written",
  maxBatchCount: 1024,
  maxBatchBytes: 262_144,
  progressEvery: 16_384,
  lingerMs: 0,
  pollMs: 100,
  strayCursor: "refuse",
} as const;

/** Fills in the defaults. Throws `PLB_STREAM_OPTION_INVALID` or `PLB_STREAM_CLASS_UNKNOWN`. */
export function resolveSettings(options: SubscribeOptions, isOwn: boolean): SubscriptionSettings {
  const d = SUBSCRIPTION_DEFAULTS;
  const { durability = d.durability, cursor } = options;
  if (!isOwn && durability !== "written") throw streamError("PLB_STREAM_CLASS_UNKNOWN", { details: { durability } });
  const isStart = typeof cursor === "string" || (typeof cursor === "object" && typeof cursor.time === "bigint");
  if (!isStart) throw invalid("cursor");
  return {
    cursor,
    filter: createStreamFilter(options.filter),
    durability,
    maxBatchCount: atLeast("maxBatchCount", options.maxBatchCount ?? d.maxBatchCount, 1),
    maxBatchBytes: atLeast("maxBatchBytes", options.maxBatchBytes ?? d.maxBatchBytes, 1),
    progressEvery: atLeast("progressEvery", options.progressEvery ?? d.progressEvery, 1),
    lingerMs: atLeast("lingerMs", options.lingerMs ?? d.lingerMs, 0),
    pollMs: atLeast("pollMs", options.pollMs ?? d.pollMs, 1),
    strayCursor: options.strayCursor ?? d.strayCursor,
    keepAlive: options.keepAlive ?? !isOwn,
    memory: options.memory,
    signal: options.signal,
    clock: options.clock ?? createSystemClock(),
    diagnostics: options.diagnostics,
  };
}

function atLeast(option: string, value: number, least: number): number {
  if (!(value >= least)) throw invalid(option);
  return value;
}

function invalid(option: string): Error {
  return streamError("PLB_STREAM_OPTION_INVALID", {
    message: `The option ${option} of a subscription has a value it cannot have.`,
    details: { option },
  });
}
