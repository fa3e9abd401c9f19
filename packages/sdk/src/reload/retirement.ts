import type { Clock } from "@plumbline/core";
import { callIsolated } from "@plumbline/core";
import { sdkError } from "../error-codes.ts";

interface LeavingOptions {
  /** Ends it early. Resolves when it holds nothing any more, where it can tell. */
  readonly hurry?: () => Promise<void> | undefined;
  /** Whether parts that are in force begin only when it is done. */
  readonly isFollowed?: boolean;
}

interface Leaving extends LeavingOptions {
  readonly claims: ReadonlySet<string>;
  readonly done: Promise<void>;
}

/** How long somebody who needs what a part still holds waits before it is hurried, in milliseconds: its far side may be away for long. */
export const PATIENCE_MS = 1000;

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

  /** `done` and what `hurry` gives must not reject. */
  add(claims: ReadonlySet<string>, done: Promise<void>, options: LeavingOptions = {}): void {
    const leaving: Leaving = { ...options, claims, done };
    this.#leaving.add(leaving);
    void done.then(() => this.#leaving.delete(leaving));
  }

  /** Resolves when nobody who leaves holds any of these any more. Rejects with `PLB_START_TIMEOUT`. */
  async released(claims: readonly string[]): Promise<void> {
    const holders = [...this.#leaving].filter((leaving) => claims.some((claim) => leaving.claims.has(claim)));
    if (holders.length === 0) return;
    const all = (): Promise<unknown> => Promise.all(holders.map((holder) => this.#freed(holder)));
    const waited = await callIsolated(this.#clock, this.#timeoutMs, all);
    if (waited.kind === "returned") return;
    throw sdkError("PLB_START_TIMEOUT", {
      message: `What an earlier reload left behind did not give up what is needed within ${this.#timeoutMs} ms.`,
      details: { claims: claims.filter((claim) => holders.some((holder) => holder.claims.has(claim))) },
    });
  }

  async #freed({ done, hurry }: Leaving): Promise<void> {
    const waited = await callIsolated(this.#clock, PATIENCE_MS, () => done);
    if (waited.kind !== "timedOut") return;
    const early = hurry?.();
    await (early === undefined ? done : Promise.race([early, done]));
  }

  /** Resolves when those are done that parts in force wait for. */
  async followed(): Promise<void> {
    const followed = [...this.#leaving].filter(({ isFollowed }) => isFollowed === true);
    await Promise.all(followed.map(({ done }) => done));
  }

  /** Resolves when all are done. */
  async ended(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all([...this.#leaving].map(({ done }) => done));
  }
}
