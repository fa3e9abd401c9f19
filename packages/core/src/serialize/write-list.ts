import { endList } from "./container-end.ts";
import { type EntryForm, FIRST, ITEM, type Position } from "./key-table.ts";
import type { PairWalk } from "./pair-walk.ts";
import { threw } from "./read-property.ts";
import type { EntryWriter } from "./write-entry.ts";

/** Writes lists. Every item is read once. */
export class ListWriter {
  readonly #entry: EntryWriter;
  readonly #pairs: PairWalk | undefined;
  /** Items that the last list has more than were written. */
  omitted = 0;

  constructor(entry: EntryWriter, pairs: PairWalk | undefined) {
    this.#entry = entry;
    this.#pairs = pairs;
  }

  /** `start` with the list after it, of which `missing` more were left out before. `isInList`: it is an item of a list itself. */
  write(values: readonly unknown[], missing: number, start: string, isInList: boolean): string {
    let out = start;
    let position: Position = FIRST;
    let omitted = missing;
    const { length } = values;
    const isNested = length === 2 && isInList;
    let previous: unknown;
    let keyLine: EntryForm | undefined;
    for (let i = 0; i < length; i++) {
      if (this.#entry.left <= 0) {
        omitted += length - i;
        break;
      }
      let value: unknown;
      try {
        value = values[i];
      } catch (error) {
        value = threw("Getter", error);
      }
      let form: EntryForm | undefined;
      if (typeof previous === "string" || previous instanceof Uint8Array) {
        keyLine = this.#pairs?.keyLine(previous, value, keyLine !== undefined);
        form = keyLine ?? this.#pairs?.item(previous, values, i, value, isNested);
      } else keyLine = undefined;
      const next = this.#entry.write(form ?? ITEM, value, out, position);
      if (next === undefined) {
        omitted += length - i;
        break;
      }
      previous = value;
      if (next === out) continue; // a rule leaves it out
      out = next;
      position = this.#entry.position;
    }
    this.omitted = omitted;
    return endList(out, position, omitted);
  }
}
