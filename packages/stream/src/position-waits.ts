interface Waiting {
  readonly position: string;
  readonly end: () => void;
}

/** Who waits for positions to be passed; each until his own time is over, and no longer. */
export class PositionWaits {
  readonly #waiting = new Set<Waiting>();

  /** Whether anybody waits. */
  get isAny(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when {@link pass} is told of the position, at {@link release}, or when `signal` aborts. */
  until(position: string, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const waiting: Waiting = { position, end };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", end);
    });
  }

  /** Lets those go whose position is passed. */
  pass(isPassed: (position: string) => boolean): void {
    for (const { position, end } of this.#waiting) if (isPassed(position)) end();
  }

  /** Nobody waits any longer. */
  release(): void {
    for (const { end } of this.#waiting) end();
  }
}
