import { KeyForm } from "./key-table.ts";

/**
 * The names of one map, where some are written other than they were given (redacted, cut, not well-formed) and so may come twice.
 * The second of a name is written with `#2`, and so on.
 */
export class DistinctNames {
  readonly #taken: Set<string>;

  /** `given` are all names of the map, as they were given. */
  constructor(given: readonly string[]) {
    this.#taken = new Set(given);
  }

  /** The key to be written for one that was renamed. */
  distinct(key: KeyForm): KeyForm {
    if (this.#take(key.name)) return key;
    for (let n = 2; ; n++) {
      const name = `${key.name}#${n}`;
      if (this.#take(name)) return new KeyForm(name, name, key.rule);
    }
  }

  #take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}
