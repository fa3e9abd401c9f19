import type { Clock } from "../clock.ts";
import type { EventDraft } from "../event.ts";
import { definePlugin } from "../plugin/define-plugin.ts";
import type { Plugin } from "../plugin/plugin.ts";
import type { Processor } from "../plugin/processor.ts";
import { choiceOption, createOptionsSchema, numberOption, type OptionReader } from "./options-schema.ts";

/** Options of the rate limit processor. */
export interface RateLimitOptions {
  /** How many events a second pass in the long run. */
  readonly perSecond: number;
  /** How many pass at once after a quiet time. Default: as many as in a second, at least 1. */
  readonly burst: number | undefined;
  /** Whether all events share one limit, or those of each name have one. Default: `all`. */
  readonly per: "all" | "name";
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** So many names have a limit of their own; the rest share one. */
const MAX_NAMES = 1024;
/** How often it is looked whether names have been quiet long enough to be forgotten, in milliseconds. */
const SWEEP_EVERY_MS = 1000;
const SHARED = "";

/**
 * Lets events pass as fast as tokens are refilled: a token bucket for all events, or one for each name. What is filtered stands in the
 * report under the processor's name.
 */
export function createRateLimitProcessor(options: RateLimitOptions, clock: Clock): Processor {
  const { perSecond, per } = options;
  const burst = options.burst ?? Math.max(1, perSecond);
  const buckets = new Map<string, Bucket>();
  let sweptAtMs = Number.NEGATIVE_INFINITY;

  const fill = (bucket: Bucket, nowMs: number): void => {
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
    bucket.filledAtMs = nowMs;
  };
  /** A bucket that is full again is like one that never was. */
  const sweep = (nowMs: number): void => {
    if (nowMs - sweptAtMs < SWEEP_EVERY_MS) return;
    sweptAtMs = nowMs;
    for (const [name, bucket] of buckets) {
      fill(bucket, nowMs);
      if (bucket.tokens >= burst) buckets.delete(name);
    }
  };
  const bucketOf = (name: string, nowMs: number): Bucket => {
    const present = buckets.get(name);
    if (present !== undefined) return present;
    if (buckets.size >= MAX_NAMES) sweep(nowMs);
    const isFull = buckets.size >= MAX_NAMES && name !== SHARED;
    if (isFull) return bucketOf(SHARED, nowMs);
    const bucket = { tokens: burst, filledAtMs: nowMs };
    buckets.set(name, bucket);
    return bucket;
  };
  return {
    readOnly: true,
    process(draft): EventDraft | undefined {
      const nowMs = clock.monotonicMs();
      const bucket = bucketOf(per === "all" ? SHARED : (draft.name ?? SHARED), nowMs);
      fill(bucket, nowMs);
      if (bucket.tokens < 1) return undefined;
      bucket.tokens -= 1;
      return draft;
    },
  };
}

const positive: OptionReader<number> = (value) =>
  typeof value === "number" && value > 0 && Number.isFinite(value) ? { value } : { expected: "a number above 0" };
const atLeastOne = numberOption(1, Number.POSITIVE_INFINITY);

/** `use: "@plumbline/core/rate-limit"` */
export const rateLimit: Plugin<"processor", RateLimitOptions> = definePlugin({
  id: "@plumbline/core/rate-limit",
  kind: "processor",
  apiVersion: 1,
  options: createOptionsSchema<RateLimitOptions>({
    perSecond: positive,
    burst: (value) => (value === undefined ? { value } : atLeastOne(value)),
    per: choiceOption(["all", "name"]),
  }),
  create: (options, { clock }) => createRateLimitProcessor(options, clock),
});
