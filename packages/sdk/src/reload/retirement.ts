import type { Clock } from "@plumbline/core";
import { callIsolated } from "@plumbline/core";
import { sdkError } from "../error-codes.ts";

interface Leaving {
  readonly claims: ReadonlySet<string>;
  readonly done: Promise<void>;
}

/** Parts that are no longer in force and hand on what they still have. What they hold is theirs until they are closed. */
export class Retirement {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #leaving = new Set<Leaving>();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** How many are under way. */
  get count(): number {
    return this.#leaving.size;
  }

  /** `done` must not reject. */
  add(claims: ReadonlySet<string>, done: Promise<void>): void {
    const leaving: Leaving = { claims, done };
    this.#leaving.add(leaving);
    void done.then(() => this.#leaving.delete(leaving));
  }

  /** Resolves when nobody who leaves holds any of these any more. Rejects with `PLB_START_TIMEOUT`. */
  async released(claims: readonly string[]): Promise<void> {
    const holders = [...this.#leaving].filter((leaving) => claims.some((claim) => leaving.claims.has(claim)));
    if (holders.length === 0) return;
    const all = (): Promise<unknown> => Promise.all(holders.map(({ done }) => done));
    const waited = await callIsolated(this.#clock, this.#timeoutMs, all);
    if (waited.kind === "returned") return;
    throw sdkError("PLB_START_TIMEOUT", {
      message: `What an earlier reload left behind did not give up what is needed within ${this.#timeoutMs} ms.`,
      details: { claims: claims.filter((claim) => holders.some((holder) => holder.claims.has(claim))) },
    });
  }

  /** Resolves when all are done. */
  async ended(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all([...this.#leaving].map(({ done }) => done));
  }
}
