import { LineRecord, RetryableError, type EventLine } from "@plumbline/core";
import type { LineIntake } from "./line-intake.ts";

const NANOS_PER_MICRO = 1000n;

/**
 * The sink's side of a file: batches from a pipeline, which gives them again after a failure or past its deadline.
 * Lines that were taken once stay in the queue through every failure, so those given again are recognised, not doubled.
 */
export class BatchWrites {
  readonly #intake: LineIntake;
  readonly #isNumbered: boolean;
  readonly #flush: (signal: AbortSignal | undefined) => Promise<void>;
  /** Lines taken by a `write` that did not resolve. */
  readonly #inHand = new Set<EventLine>();

  constructor(intake: LineIntake, isNumbered: boolean, flush: (signal: AbortSignal | undefined) => Promise<void>) {
    this.#intake = intake;
    this.#isNumbered = isNumbered;
    this.#flush = flush;
  }

  /** Resolves when the batch has reached the sink's class; else rejects with `RetryableError`, and has it all the same. */
  async write(batch: readonly EventLine[], signal: AbortSignal | undefined): Promise<void> {
    // The array is the caller's again as soon as this waits.
    const lines = [...batch];
    for (const line of lines) {
      if (!this.#inHand.delete(line)) this.#intake.force(this.#isNumbered ? withoutNumber(line) : line);
    }
    try {
      await this.#flush(signal);
    } catch (error) {
      for (const line of lines) this.#inHand.add(line);
      throw new RetryableError(error instanceof Error ? error.message : "The file could not be written.", { cause: error });
    }
  }
}

/** A line of its own to be numbered: the one that was given may be in another journal, too. */
function withoutNumber(line: EventLine): LineRecord {
  const rest = line.line.replace(/^\{(?:"id":"[^"]*",)?/, "");
  const micros = Number(line.time / NANOS_PER_MICRO);
  const nanos = Number(line.time % NANOS_PER_MICRO);
  return new LineRecord(rest, line.size, micros, nanos, line.severity, line.name, line.signal);
}
