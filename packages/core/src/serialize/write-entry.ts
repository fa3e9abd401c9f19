import { isNoValue } from "../redact/no-value.ts";
import type { CutCounts } from "./cut-counts.ts";
import type { GuardedRedactor } from "./guarded-redactor.ts";
import { AFTER_VALUE, type EntryForm, FIRST, IN_TEXT, type KeyTable, type Position } from "./key-table.ts";
import { primitiveText } from "./value-text.ts";
import type { LeafWriter } from "./write-leaf.ts";
import { isPlain, quote } from "./write-string.ts";

/** What an entry that is not text must at least have room for. */
const SMALLEST_VALUE = 64;

/** Writes what has others inside; an {@link EntryWriter} hands values to it. */
export interface NestedWriter {
  /** `out` with any value after it. */
  value(value: unknown, out: string): string;
}

/** Writes one entry of a map or one item of a list: applies the rule of its name, and keeps count of how many there may still be. */
export class EntryWriter {
  readonly #leaf: LeafWriter;
  readonly #redactor: GuardedRedactor | undefined;
  readonly #keys: KeyTable;
  readonly #counts: CutCounts;
  readonly #nested: NestedWriter;
  readonly #tracksPath: boolean;
  /** The names from the top to where the walk is; only kept when a rule asks for it. */
  readonly path: string[] = [];
  /** The name of what the walk is in, the nearest that has one. */
  parent: string | undefined;
  /** Entries that the event may still have. */
  left = 0;
  /** Where the last entry ended. */
  position: Position = FIRST;

  constructor(
    leaf: LeafWriter,
    redactor: GuardedRedactor | undefined,
    keys: KeyTable,
    counts: CutCounts,
    nested: NestedWriter,
  ) {
    this.#leaf = leaf;
    this.#redactor = redactor;
    this.#keys = keys;
    this.#counts = counts;
    this.#nested = nested;
    this.#tracksPath = redactor?.hasPathRules === true;
  }

  /** `out` with the entry after it, the very same when a rule leaves it out, `undefined` when there is no room for it. */
  write(key: EntryForm, value: unknown, out: string, position: Position): string | undefined {
    if (!this.#tracksPath || key.name === undefined) return this.#ruled(key, value, out, position);
    const leaf = this.#leaf;
    const { isExempt } = leaf;
    this.path.push(key.name);
    // Holds for the items of a list too, which have no name of their own; what has a name below is asked for itself.
    leaf.isExempt = value !== null && this.#redactor?.allows(this.path) === true;
    const next = this.#ruled(key, value, out, position);
    leaf.isExempt = isExempt;
    this.path.pop();
    return next;
  }

  #ruled(key: EntryForm, value: unknown, out: string, position: Position): string | undefined {
    const { rule } = key;
    const redactor = this.#redactor;
    if (rule === undefined || redactor === undefined) return this.#entry(key, value, out, position);
    if (this.#leaf.isExempt || isNoValue(rule, key.name, value)) return this.#entry(key, value, out, position);
    const text = redactor.replace(rule, primitiveText(value));
    return text === undefined ? out : this.#replaced(key, text, out, position);
  }

  /** What stands in the place of a secret is mostly the same label again. */
  #replaced(key: EntryForm, text: string, out: string, position: Position): string | undefined {
    const known = key.known?.get(text);
    if (known !== undefined) {
      const next = out + known.piece.at(position);
      if (next.length <= this.#leaf.max) {
        this.left -= 1;
        this.position = IN_TEXT;
        return next;
      }
    }
    const next = this.#text(key, text, isPlain(text), out, position);
    if (next !== undefined && this.position === IN_TEXT) this.#keys.remember(key, text);
    return next;
  }

  #entry(key: EntryForm, value: unknown, out: string, position: Position): string | undefined {
    if (typeof value === "string") {
      const safe = this.#leaf.safe(value);
      const next = this.#text(key, safe, this.#leaf.isPlain(safe), out, position);
      if (key.known !== undefined && safe === value && this.position === IN_TEXT && !this.#leaf.isExempt)
        this.#keys.remember(key, value);
      return next;
    }
    const begun = out + key.value.at(position);
    if (begun.length + SMALLEST_VALUE > this.#leaf.max) {
      this.#counts.event += 1;
      return undefined;
    }
    this.left -= 1;
    const { parent } = this;
    if (key.name !== undefined) this.parent = key.name;
    const next = this.#nested.value(value, begun);
    this.parent = parent;
    this.position = AFTER_VALUE;
    if (key.known !== undefined && !this.#leaf.isExempt) this.#learn(key, value);
    return next;
  }

  #text(key: EntryForm, safe: string, isText: boolean, out: string, position: Position): string | undefined {
    let next = isText ? out + key.text.at(position) + safe : out + key.value.at(position) + quote(safe);
    if (next.length > this.#leaf.max) {
      const text = this.#leaf.fitting(safe, out.length + key.text.at(position).length);
      if (text === undefined) {
        this.#counts.event += 1;
        return undefined;
      }
      next = isText ? out + key.text.at(position) + text : out + key.value.at(position) + quote(text);
    }
    this.left -= 1;
    this.position = isText ? IN_TEXT : AFTER_VALUE;
    return next;
  }

  /** Numbers and truth values are worth remembering; a name that has others is not looked up again. */
  #learn(key: EntryForm, value: unknown): void {
    // 0 is not remembered: a Map takes -0 for it, which is written otherwise.
    if (
      typeof value === "boolean" ||
      (typeof value === "number" && value !== 0 && Math.trunc(value) === value && Math.abs(value) < 1e9)
    ) {
      this.#keys.remember(key, value);
    } else if (value !== null && value !== 0) {
      key.known = undefined;
    }
  }
}
