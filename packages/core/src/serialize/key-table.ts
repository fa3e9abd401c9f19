import { COUNTED } from "../redact/no-value.ts";
import { type PairRole, pairRole } from "../redact/pair-shapes.ts";
import { isPart } from "../redact/nested-names.ts";
import type { KeyRule } from "../redact/redactor.ts";
import { cutRedacted } from "./cut-text.ts";
import type { GuardedRedactor } from "./guarded-redactor.ts";
import { flatCopy, internalized, quote, wellFormed } from "./write-string.ts";

const MAX_NAMES = 4096;
/** A longer name is not kept. */
const MAX_KEPT_NAME = 256;
/** A longer name is cut. */
const MAX_NAME = 1024;
const MAX_VALUES_PER_NAME = 64;
const MAX_VALUES = 8192;
const MAX_KEPT_VALUE = 64;

/** How an entry begins: first in its map, after a closed value, or after text whose closing quote is still to come. */
export type Position = 0 | 1 | 2;
export const FIRST: Position = 0;
export const AFTER_VALUE: Position = 1;
export const IN_TEXT: Position = 2;

/** A piece of JSON in the three forms that its position asks for: begun by the bracket, `,` or `",`. */
export class Piece {
  readonly first: string;
  readonly afterValue: string;
  readonly inText: string;

  constructor(bracket: "{" | "[", json: string) {
    this.first = flatCopy(bracket + json);
    this.afterValue = flatCopy(`,${json}`);
    this.inText = flatCopy(`",${json}`);
  }

  at(position: Position): string {
    return position === IN_TEXT ? this.inText : position === AFTER_VALUE ? this.afterValue : this.first;
  }
}

/** A whole entry with a value that was seen before. */
export class KnownEntry {
  readonly value: string | number | boolean;
  /** Whether it ends inside its text, before the closing quote. */
  readonly inText: boolean;
  readonly #name: string;
  #piece: Piece | undefined;

  /** `name` is the one that it stands under, as it is written. */
  constructor(name: string, value: string | number | boolean) {
    this.value = value;
    this.inText = typeof value === "string";
    this.#name = name;
  }

  /** Made when the value comes again: most names have either a few values or never the same, and pieces cost more than a walk of the value. */
  get piece(): Piece {
    return (this.#piece ??= new Piece("{", `${quote(this.#name)}:${this.inText ? '"' : ""}${this.value}`));
  }
}

/** The entries of one name that were seen before, by their values. */
export class KnownValues {
  readonly #byValue = new Map<unknown, KnownEntry>();
  #lastValue: unknown = undefined;
  #last: KnownEntry | undefined;

  get size(): number {
    return this.#byValue.size;
  }

  get(value: unknown): KnownEntry | undefined {
    if (value === this.#lastValue) return this.#last;
    if (typeof value === "string" && value.length > MAX_KEPT_VALUE) return undefined; // it would be hashed in vain, all of it
    const entry = this.#byValue.get(value);
    if (entry !== undefined) {
      this.#last = entry;
      this.#lastValue = entry.value;
    }
    return entry;
  }

  add(entry: KnownEntry): void {
    this.#byValue.set(entry.value, entry);
  }
}

/** How an entry of a map, or an item of a list, is begun. */
export interface EntryForm {
  /** The name as it is written; `undefined` of an item. */
  readonly name: string | undefined;
  readonly rule: KeyRule | undefined;
  /** Before a value: `"name":` */
  readonly value: Piece;
  /** Before plain text: `"name":"` */
  readonly text: Piece;
  /** Entries by their value, or by what is written in its place; `undefined` when there are too many for it to be worth it. */
  known: KnownValues | undefined;
}

/** An item of a list. */
export const ITEM: EntryForm = Object.freeze({
  name: undefined,
  rule: undefined,
  value: new Piece("[", ""),
  text: new Piece("[", '"'),
  known: undefined,
});

/** What remembers which key came after it. */
export interface Predecessor {
  /** The key that came next the last time: most maps have the same keys in the same order as an earlier one. */
  next: KeyForm | undefined;
}

/** All that the walk needs to know of a property name. */
export class KeyForm implements EntryForm, Predecessor {
  /** The name as it is written. */
  readonly name: string;
  /** Whether the name is written other than it was given: then it may collide. */
  readonly renamed: boolean;
  readonly rule: KeyRule | undefined;
  readonly value: Piece;
  readonly text: Piece;
  /** Whether it is one half of a pair (`{ name, value }`): what stands under the other half may depend on it. */
  readonly role: PairRole;
  /** Whether it may be a secret's name under that of what it is a property of. */
  readonly isPart: boolean;
  /** Whether its rule may be another one where something else stands beside or above it. */
  readonly isMoved: boolean;
  known: KnownValues | undefined;
  next: KeyForm | undefined;

  constructor(given: string, name: string, rule: KeyRule | undefined) {
    this.name = internalized(wellFormed(name));
    this.renamed = this.name !== given;
    this.rule = rule;
    const json = `${quote(this.name)}:`;
    this.value = new Piece("{", json);
    this.text = new Piece("{", `${json}"`);
    this.role = pairRole(this.name);
    this.isPart = isPart(this.name);
    this.isMoved = this.role === "value" || this.isPart || this.name.toLowerCase() === COUNTED;
    // A value that was harmless beside or below one name may be a secret beside another.
    this.known = this.renamed || this.isMoved ? undefined : new KnownValues();
    this.next = undefined;
  }
}

/** The same entry under a rule that comes from beside it, or under none. Nothing is remembered of it. */
export function withRule(form: EntryForm, rule: KeyRule | undefined): EntryForm {
  return { name: form.name, rule, value: form.value, text: form.text, known: undefined };
}

/**
 * What is known of property names, and of the few values that the same name has again and again: a method, a route, a status.
 * Only values that the redactor left as they were and that need no escaping are kept, as copies. Bounded; when full it starts afresh.
 */
export class KeyTable {
  readonly #redactor: GuardedRedactor | undefined;
  readonly #forms = new Map<string, KeyForm>();
  #values = 0;

  constructor(redactor: GuardedRedactor | undefined) {
    this.#redactor = redactor;
  }

  get(name: string): KeyForm {
    return this.#forms.get(name) ?? this.#add(name);
  }

  /** Remembers an entry whose value is written as it is, plain text or not. */
  remember(key: EntryForm, value: string | number | boolean): void {
    const { known } = key;
    if (known === undefined || key.name === undefined) return;
    if (known.size >= MAX_VALUES_PER_NAME) {
      this.#values -= known.size;
      key.known = undefined;
      return;
    }
    if (typeof value === "string" && value.length > MAX_KEPT_VALUE) return;
    if (this.#values >= MAX_VALUES) this.#clear();
    this.#values += 1;
    known.add(new KnownEntry(key.name, typeof value === "string" ? internalized(value) : value));
  }

  #add(name: string): KeyForm {
    const form = this.#make(name);
    // A name that is written other than it was given is not kept: the table must not hold what was taken out of a line.
    if (name.length <= MAX_KEPT_NAME && !form.renamed) {
      if (this.#forms.size >= MAX_NAMES) this.#clear();
      this.#forms.set(form.name, form);
    }
    return form;
  }

  #clear(): void {
    // A form may still be in use as the guess of what comes next.
    for (const form of this.#forms.values()) if (form.known !== undefined) form.known = new KnownValues();
    this.#forms.clear();
    this.#values = 0;
  }

  #make(given: string): KeyForm {
    const redactor = this.#redactor;
    const name = given.length > MAX_NAME ? cutRedacted(given, MAX_NAME, redactor) : given;
    if (redactor === undefined) return new KeyForm(given, name, undefined);
    const verdict = redactor.key(name);
    return new KeyForm(given, verdict.name, verdict.rule);
  }
}
