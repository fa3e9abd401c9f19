import type { FailureKind } from "./failure-kind.ts";

/** How one try of a file ended. */
export interface FailedTry {
  readonly kind: FailureKind;
  readonly code: string;
  /** Bytes that went. */
  readonly sent: number;
  /** How many files have arrived by then, of all. */
  readonly arrived: number;
}

/**
 * Tells when a file has failed often enough to be set aside. A trouble of the place costs it nothing. One that may pass costs it nothing either, unless it is this file's: it fails in
 * the same way at the same byte, time after time, while others arrive.
 */
export class Attempts {
  readonly #most: number;
  #own = 0;
  #alone = 0;
  #last: FailedTry | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** The number of the try that comes next, or is under way. */
  get number(): number {
    return this.#own + 1;
  }

  /** Notes a failure; tells whether it was the last that is allowed. */
  isOver(failed: FailedTry): boolean {
    const { kind, code, sent, arrived } = failed;
    if (kind === "final") return true;
    if (kind === "own") return ++this.#own >= this.#most;
    const last = this.#last;
    this.#last = failed;
    const isAlone = last !== undefined && last.code === code && last.sent === sent && arrived > last.arrived;
    this.#alone = isAlone ? this.#alone + 1 : 0;
    return kind === "passing" && this.#alone >= this.#most;
  }
}
