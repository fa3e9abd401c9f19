/** How many events the receiver has acknowledged. */
export class Acknowledgements {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  get count(): number {
    return this.#count;
  }

  add(count: number): void {
    this.#count += count;
    const waiting = this.#waiting;
    if (waiting === undefined || this.#count < waiting.count) return;
    this.#waiting = undefined;
    waiting.resolve();
  }

  /** Resolves when there are so many. One waits at a time. */
  async until(count: number): Promise<void> {
    if (this.#count < count) await new Promise<void>((resolve) => (this.#waiting = { count, resolve }));
  }
}
