import { RetryableError, type EventLine } from "@plumbline/core";
import { fileError } from "./error-codes.ts";

/** Where the lines of a batch go; bound by nothing, because whoever gave the batch holds it in memory anyway. */
export interface BatchTarget {
  /** Whether it was taken; not after the end. */
  force(line: EventLine): boolean;
  /** Resolves when all that was forced is written; rejects when it cannot be for now, or the signal aborts. */
  flush(signal: AbortSignal | undefined): Promise<void>;
  /** Whether an error says that it never will be. */
  isFinal(error: unknown): boolean;
}

/**
 * The sink's side of a file: batches from a pipeline, which gives them again after a failure or past its deadline.
 * Lines that were taken once stay in the queue through every failure, so those given again are recognised, not doubled.
 */
export class BatchWrites {
  readonly #target: BatchTarget;
  /** Lines taken by a `write` that did not resolve. */
  readonly #inHand = new Set<EventLine>();

  constructor(target: BatchTarget) {
    this.#target = target;
  }

  /** Resolves when the batch has reached the sink's class; else rejects with `RetryableError`, and has it all the same. */
  async write(batch: readonly EventLine[], signal: AbortSignal | undefined): Promise<void> {
    // The array is the caller's again as soon as this waits.
    const lines = [...batch];
    const refused = lines.filter((line) => !this.#inHand.delete(line) && !this.#target.force(line));
    if (refused.length > 0) throw fileError("PLB_FILE_CLOSED");
    try {
      await this.#target.flush(signal);
    } catch (error) {
      if (this.#target.isFinal(error)) throw error;
      for (const line of lines) this.#inHand.add(line);
      throw new RetryableError(error instanceof Error ? error.message : "The file could not be written.", {
        cause: error,
      });
    }
  }
}
