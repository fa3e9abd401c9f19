/** What stands in the way of an output's writes: an output before this one that still writes to the same place, or that its sink was released. */
export class Holds {
  readonly #onLess: () => void;
  readonly #rivals = new Set<Promise<void>>();
  #count = 0;
  #leaving: Promise<void> | undefined;

  /** `onLess` is called whenever one of them is gone. */
  constructor(onLess: () => void) {
    this.#onLess = onLess;
  }

  get any(): boolean {
    return this.#count > 0;
  }

  add(): void {
    this.#count += 1;
  }

  remove(): void {
    this.#count -= 1;
    this.#onLess();
  }

  /** One that is gone when `rival` has settled. */
  async until(rival: Promise<void>): Promise<void> {
    this.add();
    this.#rivals.add(rival);
    await Promise.allSettled([rival]);
    this.#rivals.delete(rival);
    this.remove();
  }

  /**
   * Has `close` called when those are gone that it waits for at the call, each of which has a deadline; at once where there are none. Repeated, the same promise. What comes to
   * stand in the way later is not waited for: it may wait for this one.
   */
  leave(close: () => Promise<void>): Promise<void> {
    this.#leaving ??= this.#rivals.size === 0 ? close() : Promise.allSettled(this.#rivals).then(close);
    return this.#leaving;
  }
}
