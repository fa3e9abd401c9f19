/** A queue of anything, from whose head is taken without moving the rest. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** The oldest; `undefined` when there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest out. */
  shift(): void {
    if (this.#head === this.#items.length) return;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Takes the oldest of which `is` holds out of its place. */
  take(is: (item: T) => boolean): T | undefined {
    for (let index = this.#head; index < this.#items.length; index++) {
      const item = this.#items[index];
      if (item === undefined || !is(item)) continue;
      if (index === this.#head) this.shift();
      else this.#items.splice(index, 1);
      return item;
    }
    return undefined;
  }
}

/** Slots of items taken that are kept at most before the rest moves up. */
const COMPACT_AT = 1024;
