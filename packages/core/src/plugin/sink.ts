import type { EventLine, Signal } from "../event.ts";
import type { Durability } from "../durability.ts";

/** A partial success: `rejected` lines of the batch were refused for good by the far side. */
export interface PartialRejection {
  /** How many, 0 to the batch's length. */
  readonly rejected: number;
  readonly reason: string;
}

/** What a sink is told about one call of `write`. */
export interface WriteOptions {
  /** Aborts when the call's deadline has passed: what comes after it is no longer waited for. */
  readonly signal: AbortSignal;
}

/** How a sink is best fed. What the config says of its output wins, and what neither says is as for any other. */
export interface FeedDefaults {
  /** How many lines may wait for it. */
  readonly maxQueueCount?: number | undefined;
  /** How many lines one `write` gets at most. */
  readonly maxBatchCount?: number | undefined;
  /** How long a line may wait for others to go with it, in milliseconds. */
  readonly maxDelayMs?: number | undefined;
  /** How long one `write` may take, in milliseconds. */
  readonly writeTimeoutMs?: number | undefined;
}

/**
 * Takes redacted lines somewhere.
 *
 * `write` resolves when the batch is delivered. It rejects with `RetryableError` to have the same batch again later;
 * any other rejection drops it, counted under the error's code. It is never called concurrently for one instance
 * unless `concurrency` says so, and never after `close`. The one exception: a call that has not settled by its deadline (its `signal`
 * has aborted) counts as over, and the same batch is given again after a pause.
 *
 * An event that a sink emits while `write` or `flush` runs is refused (`dropped{reentrant}`): it would come back to the
 * sink without end.
 *
 * `close` is safe without `start` and when repeated.
 */
export interface Sink {
  /** The signals it takes. Default: logs alone. */
  readonly signals?: readonly Signal[];
  /** What it holds exclusively (`tcp:4700`, `file:/var/log/x.jsonl`): handed over, never shared, on a reload. */
  readonly exclusive?: readonly string[];
  /** How many `write` calls may be under way at once. Default 1. */
  readonly concurrency?: number;
  /** How it is best fed. Read once, when it is wired. */
  readonly feed?: FeedDefaults;
  start?(): void | Promise<void>;
  write(batch: readonly EventLine[], options: WriteOptions): void | PartialRejection | Promise<void | PartialRejection>;
  /** Resolves when all that was written has reached `durability`, as far as the sink knows such a class. */
  flush?(options?: { readonly durability?: Durability }): void | Promise<void>;
  /** Begins a new file, where the sink has one: asked for by `telemetry.rotate()`. Resolves when lines go into it. */
  rotate?(): void | Promise<void>;
  close(): void | Promise<void>;
}
