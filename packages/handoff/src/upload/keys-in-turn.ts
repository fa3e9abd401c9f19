import type { Slots } from "./slots.ts";

/** One item of a key at a time: given out again while it is under way, it waits for what becomes of it. */
export class KeysInTurn {
  readonly #slots: Slots;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** To be called with a slot, which is let go while it waits. */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    for (let other = this.#underWay.get(key); other !== undefined; other = this.#underWay.get(key)) {
      const before = other;
      await this.#slots.without(() => before);
    }
    const mine = work();
    this.#underWay.set(key, Promise.allSettled([mine]));
    try {
      await mine;
    } finally {
      this.#underWay.delete(key);
    }
  }
}
