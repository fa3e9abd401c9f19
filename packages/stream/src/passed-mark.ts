import { isAtOrAfter } from "./position-order.ts";

interface Waiting {
  readonly until: string;
  readonly end: () => void;
}

/** How far somebody else who has the lease is known to have settled what stands in the journal, and who waits for that. */
export class PassedMark {
  #done: string | undefined;
  readonly #waiting = new Set<Waiting>();

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Everything before this position is settled. */
  note(done: string): void {
    this.#done = done;
    for (const { until, end } of this.#waiting) if (isAtOrAfter(done, until)) end();
  }

  isAt(position: string): boolean {
    return this.#done !== undefined && isAtOrAfter(this.#done, position);
  }

  /** Nobody waits any longer: what is not settled yet is no longer somebody else's. */
  release(): void {
    for (const { end } of this.#waiting) end();
  }

  /** Resolves when a position is reached, at {@link release}, or when `signal` aborts. */
  whenAt(position: string, signal: AbortSignal): Promise<void> {
    if (this.isAt(position) || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const waiting: Waiting = { until: position, end };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", end);
    });
  }
}
