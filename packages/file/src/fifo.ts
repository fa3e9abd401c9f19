/** A queue of anything, from whose head is taken without moving the rest. */
export class Fifo<T> {
  /** From the head to the tail; the slots around are empty. Kept when the queue is empty: it mostly fills again at once. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  /** The oldest; `undefined` when there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  /** Takes the oldest out. */
  shift(): void {
    if (this.#head === this.#tail) return;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#tail) {
      if (this.#tail > COMPACT_AT) this.#items = [];
      this.#head = 0;
      this.#tail = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#tail) {
      this.#items = this.#items.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
  }

  /** Takes all of which `is` holds out of their places, and gives them in their order. Looks at every one. */
  takeAll(is: (item: T) => boolean): readonly T[] {
    const taken: T[] = [];
    const kept: T[] = [];
    for (let index = this.#head; index < this.#tail; index++) {
      const item = this.#items[index];
      if (item !== undefined) (is(item) ? taken : kept).push(item);
    }
    if (taken.length === 0) return taken;
    this.#items = kept;
    this.#head = 0;
    this.#tail = kept.length;
    return taken;
  }
}

/** Empty slots that are kept at most. */
const COMPACT_AT = 1024;
