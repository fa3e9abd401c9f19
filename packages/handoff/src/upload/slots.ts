/** So many at once, first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when there is one, which is the caller's until {@link give}. */
  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  /** Resolves when there is one that nobody waits for. */
  async untilFree(): Promise<void> {
    await this.take();
    this.give();
  }

  /** Runs something that needs none, without the one that the caller has. */
  async without<Value>(wait: () => Promise<Value>): Promise<Value> {
    this.give();
    try {
      return await wait();
    } finally {
      await this.take();
    }
  }
}
