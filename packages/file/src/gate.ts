import { Mutex } from "async-mutex";

/**
 * The one place through which a file is changed. Whoever holds it has the file to himself across every `await`: the
 * whole write, with its retries, and a rotation. It is taken once for a batch, never for a line.
 *
 * async-mutex hands it on in the order in which it was asked for.
 */
export class Gate {
  readonly #mutex = new Mutex();
  #waiting = 0;

  /** How many wait to enter. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Enters in this very tick when nobody is inside. */
  tryEnter(): boolean {
    if (this.#mutex.isLocked()) return false;
    // A free mutex is locked synchronously by acquire(), before its promise resolves.
    void this.#mutex.acquire();
    return true;
  }

  async enter(): Promise<void> {
    this.#waiting += 1;
    await this.#mutex.acquire();
    this.#waiting -= 1;
  }

  /** Leaves; the next one enters in a microtask. */
  leave(): void {
    this.#mutex.release();
  }

  /** Runs `work` inside, in this very tick when nobody is there, and leaves whatever comes of it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.tryEnter()) await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }
}
