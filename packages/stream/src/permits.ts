/** So many may be inside at once; the rest wait in the order in which they came. */
export class Permits {
  #free: number;
  #isEnded = false;
  readonly #waiting: ((isAllowed: boolean) => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with `true` inside, or with `false` when nobody is let in any more. */
  enter(): Promise<boolean> {
    if (this.#isEnded) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next(true);
  }

  /** Lets nobody in any more, and those who wait go. */
  end(): void {
    this.#isEnded = true;
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }
}
