import { isAtOrAfter } from "./position-order.ts";

/** How far somebody else who has the lease is known to have settled what stands in the journal, and who waits for that. */
export class PassedMark {
  #done: string | undefined;
  readonly #waiting = new Set<{ readonly until: string; readonly resolve: () => void }>();

  /** Everything before this position is settled. */
  note(done: string): void {
    this.#done = done;
    for (const waiting of this.#waiting) {
      if (!isAtOrAfter(done, waiting.until)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  isAt(position: string): boolean {
    return this.#done !== undefined && isAtOrAfter(this.#done, position);
  }

  /** Resolves when a position is reached, or `otherwise` does. */
  async whenAt(position: string, otherwise: Promise<unknown>): Promise<void> {
    if (this.isAt(position)) return;
    let waiting: { readonly until: string; readonly resolve: () => void } | undefined;
    const reached = new Promise<void>((resolve) => {
      waiting = { until: position, resolve };
      this.#waiting.add(waiting);
    });
    await Promise.race([reached, otherwise]);
    if (waiting !== undefined) this.#waiting.delete(waiting);
  }
}
