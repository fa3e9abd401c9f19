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

  /** Resolves when there are so many, or when none has come for so many milliseconds. One waits at a time. */
  async until(count: number, patienceMs: number): Promise<void> {
    while (this.#count < count) {
      const before = this.#count;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting = { count, resolve };
        timer = setTimeout(resolve, patienceMs);
      });
      clearTimeout(timer);
      if (this.#count === before) return;
    }
  }
}
