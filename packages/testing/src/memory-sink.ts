import {
  PLUGIN_API_VERSION,
  RetryableError,
  type EventLine,
  type Plugin,
  type Signal,
  type Sink,
} from "@plumbline/core";
import type { PartialRejection } from "@plumbline/core";
import { testingError } from "./testing-error.ts";

/**
 * How one call of `write` is answered.
 * - `retry`: rejects with a `RetryableError`. `fail`: rejects with `error`. In both, nothing of the batch is kept.
 * - `reject`: keeps the batch but for its last `rejected` lines, which it refuses.
 * - `wait`: waits for `until`, then keeps the batch, or rejects as `until` does.
 */
export type MemoryAnswer =
  | { readonly kind: "deliver" }
  | { readonly kind: "retry"; readonly retryAfterMs?: number }
  | { readonly kind: "fail"; readonly error: unknown }
  | { readonly kind: "reject"; readonly rejected: number; readonly reason: string }
  | { readonly kind: "wait"; readonly until: Promise<unknown> };

/** Options of {@link createMemorySink}. */
export interface MemorySinkOptions {
  readonly signals?: readonly Signal[];
  readonly concurrency?: number;
}

/** A sink that keeps what it is given, and does as it is told. */
export class MemorySink implements Sink {
  readonly signals: readonly Signal[];
  readonly concurrency: number;
  readonly #batches: (readonly EventLine[])[] = [];
  readonly #answers: MemoryAnswer[] = [];
  readonly #calls: ("start" | "write" | "flush" | "close")[] = [];
  #underWay = 0;
  #mostUnderWay = 0;

  constructor(options: MemorySinkOptions = {}) {
    this.signals = options.signals ?? ["logs"];
    this.concurrency = options.concurrency ?? 1;
  }

  /** The batches that were kept, each as it was at its call, in the order in which their writes were settled. */
  get batches(): readonly (readonly EventLine[])[] {
    return this.#batches;
  }

  /** The text of every line that was kept. */
  get lines(): readonly string[] {
    return this.#batches.flatMap((batch) => batch.map((line) => line.line));
  }

  /** What was called, in order. */
  get calls(): readonly ("start" | "write" | "flush" | "close")[] {
    return this.#calls;
  }

  /** How many writes were under way at once, at most. */
  get mostUnderWay(): number {
    return this.#mostUnderWay;
  }

  /** Plans the answers to the next writes, one each, behind those already planned. Later ones are delivered. */
  answer(...answers: readonly MemoryAnswer[]): void {
    this.#answers.push(...answers);
  }

  start(): void {
    this.#calls.push("start");
  }

  async write(batch: readonly EventLine[]): Promise<void | PartialRejection> {
    this.#calls.push("write");
    const kept = [...batch];
    const answer = this.#answers.shift() ?? { kind: "deliver" };
    this.#underWay += 1;
    this.#mostUnderWay = Math.max(this.#mostUnderWay, this.#underWay);
    try {
      return await this.#settle(kept, answer);
    } finally {
      this.#underWay -= 1;
    }
  }

  flush(): void {
    this.#calls.push("flush");
  }

  close(): void {
    this.#calls.push("close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #settle(batch: readonly EventLine[], answer: MemoryAnswer): Promise<void | PartialRejection> {
    switch (answer.kind) {
      case "retry":
        throw new RetryableError(
          "The memory sink was told to refuse this batch for now.",
          answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs },
        );
      case "fail":
        throw answer.error;
      case "reject": {
        const { rejected, reason } = answer;
        if (rejected < 1 || rejected > batch.length) throw testingError("PLB_TESTING_ANSWER_INVALID");
        this.#batches.push(batch.slice(0, batch.length - rejected));
        return { rejected, reason };
      }
      case "wait":
        await answer.until;
        break;
      case "deliver":
    }
    this.#batches.push(batch);
    return undefined;
  }
}

/** A sink that keeps what it is given. */
export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  return new MemorySink(options);
}

/** A plugin whose `create` gives this sink, for tests of what wires plugins. It takes no options. */
export function memorySinkPlugin(sink: MemorySink, id = "@plumbline/testing/memory"): Plugin<"sink", undefined> {
  return { id, kind: "sink", apiVersion: PLUGIN_API_VERSION, create: () => sink };
}
