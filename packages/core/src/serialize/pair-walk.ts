import { isInKey, PRIVATE_KEY_RULE } from "../redact/key-lines.ts";
import { isTestCount } from "../redact/no-value.ts";
import {
  hasValuesInTurn,
  namedBy,
  type NameJudge,
  type PairName,
  pairRole,
  ruleOfItem,
  ruleOfNamed,
  ruleOfNested,
  ruleOfParameter,
} from "../redact/pair-shapes.ts";
import type { Entries } from "./entries.ts";
import { type EntryForm, ITEM, type KeyForm, type KeyTable, withRule } from "./key-table.ts";

/** An object that says a name and its value has few properties beside them. */
const MAX_PROPERTIES = 16;

/** A line of a private key in a list. */
const KEY_LINE: EntryForm = Object.freeze(withRule(ITEM, PRIVATE_KEY_RULE));

/** Finds, during the walk, the values that are named by what stands beside them instead of by a property. */
export class PairWalk {
  readonly #judge: NameJudge;
  readonly #keys: KeyTable;
  readonly #isSecret = (text: string): boolean => this.#judge.text(text) !== text;

  constructor(judge: NameJudge, keys: KeyTable) {
    this.#judge = judge;
    this.#keys = keys;
  }

  /**
   * The form of an entry in a map that what stands beside or above it makes a secret's, `undefined` otherwise. `seen` are the names that the walk has read;
   * one that is still to come is looked at where that runs no code of the map's own.
   */
  inMap(
    key: KeyForm,
    value: unknown,
    map: object,
    seen: readonly PairName[] | undefined,
    parent: string | undefined,
  ): EntryForm | undefined {
    const named = key.role === "value" ? this.#besideNames(key, map, seen) : undefined;
    const below = named ?? (key.isPart ? this.#below(parent, key) : undefined);
    return (
      below ??
      counted(key, value, () =>
        Object.keys(map).map((name) => [name, Object.getOwnPropertyDescriptor(map, name)?.value]),
      )
    );
  }

  /** The same where all is read already. */
  inEntries(key: KeyForm, value: unknown, entries: Entries, parent: string | undefined): EntryForm | undefined {
    const named = key.role === "value" ? this.#besideEntries(key, entries) : undefined;
    const below = named ?? (key.isPart ? this.#below(parent, key) : undefined);
    const parameter = below ?? (entries.areParameters ? this.#parameter(key, value) : undefined);
    return parameter ?? counted(key, value, () => entries.names.map((name, index) => [name, entries.values[index]]));
  }

  #besideNames(key: KeyForm, map: object, seen: readonly PairName[] | undefined): EntryForm | undefined {
    const rule =
      ruleOfNamed(key.name, seen ?? [], this.#judge) ?? ruleOfNamed(key.name, this.#namesOf(map), this.#judge);
    return rule === undefined ? undefined : withRule(key, rule);
  }

  #besideEntries(key: KeyForm, { names, values }: Entries): EntryForm | undefined {
    const said = values.flatMap((value, index) => {
      const name = names[index] ?? "";
      return pairRole(name) === "name" ? [namedBy(name, value)] : [];
    });
    const rule = ruleOfNamed(key.name, said, this.#judge);
    return rule === undefined ? undefined : withRule(key, rule);
  }

  #below(parent: string | undefined, key: KeyForm): EntryForm | undefined {
    if (parent === undefined || key.rule !== undefined) return undefined;
    const rule = ruleOfNested(parent, key.name, this.#judge);
    return rule === undefined ? undefined : withRule(key, rule);
  }

  #parameter(key: KeyForm, value: unknown): EntryForm | undefined {
    if (typeof value !== "string" || key.rule !== undefined) return undefined;
    const rule = ruleOfParameter(key.name, value, this.#judge);
    return rule === undefined ? undefined : withRule(key, rule);
  }

  /** The form of a list's item that is a line of a private key, as {@link isInKey} says; `undefined` for any other. */
  keyLine(previous: unknown, value: unknown, wasInKey: boolean): EntryForm | undefined {
    return isInKey(previous, value, wasInKey, this.#isSecret) ? KEY_LINE : undefined;
  }

  #namesOf(map: object): readonly PairName[] {
    const properties = Object.keys(map);
    if (properties.length > MAX_PROPERTIES) return [];
    const names: PairName[] = [];
    for (const property of properties) {
      if (this.#keys.get(property).role === "name") {
        names.push(namedBy(property, Object.getOwnPropertyDescriptor(map, property)?.value));
      }
    }
    return names;
  }

  /** The form of a list's item, `undefined` when what stands before it does not make it a secret. */
  item(
    previous: unknown,
    list: readonly unknown[],
    index: number,
    value: unknown,
    isNested: boolean,
  ): EntryForm | undefined {
    const place = { index, length: list.length, isNested, hasValues: () => hasValuesInTurn(plainItems(list)) };
    const rule = ruleOfItem(previous, value, place, this.#judge);
    return rule === undefined ? undefined : withRule(ITEM, rule);
  }
}

/** The form of the number of tests that passed, `undefined` of anything else. */
function counted(
  key: KeyForm,
  value: unknown,
  entries: () => readonly (readonly [string, unknown])[],
): EntryForm | undefined {
  return key.rule !== undefined && isTestCount(key.rule, key.name, value, entries)
    ? withRule(key, undefined)
    : undefined;
}

/** A list of fewer numbers spells no secret. */
const MIN_CODES = 8;
const MAX_CODES = 65_536;

/** The text that a list of numbers spells, character by character, as a list of bytes does that went through JSON; `undefined` for any other. */
export function spelledText(list: readonly unknown[]): string | undefined {
  if (
    list.length < MIN_CODES ||
    list.length > MAX_CODES ||
    !isSpelling(Object.getOwnPropertyDescriptor(list, 0)?.value)
  )
    return undefined;
  const codes = plainItems(list);
  return codes.every(isSpelling) ? Buffer.from(codes).toString("latin1") : undefined;
}

/** The same of an object whose properties are numbered, as `Uint8Array`s become it in JSON. */
export function spelledByObject(map: object): string | undefined {
  const { length } = Object.keys(map);
  if (length < MIN_CODES || length > MAX_CODES) return undefined;
  return spelledText(Array.from({ length }, (_, i): unknown => Object.getOwnPropertyDescriptor(map, i)?.value));
}

/** The same of entries that are numbered. */
export function spelledByEntries({ names, values }: Entries): string | undefined {
  if (names[0] !== "0") return undefined;
  return names.every((name, index) => name === String(index)) ? spelledText(values) : undefined;
}

/** Of printable ASCII, or a blank or line end. */
function isSpelling(code: unknown): code is number {
  if (typeof code !== "number") return false;
  return (code >= 0x20 && code < 0x7f && Number.isInteger(code)) || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** The items, without running code of the list's own. */
function plainItems(list: readonly unknown[]): unknown[] {
  return Array.from({ length: list.length }, (_, i): unknown => Object.getOwnPropertyDescriptor(list, i)?.value);
}
