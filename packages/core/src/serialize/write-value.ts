import { DoubleValue } from "../attributes.ts";
import type { Limits } from "../limits.ts";
import { namedBy, type PairName } from "../redact/pair-shapes.ts";
import { CLOSE_RESERVE, DEEPEST, endCutMap, endMap } from "./container-end.ts";
import type { CutCounts } from "./cut-counts.ts";
import { DistinctNames } from "./distinct-names.ts";
import { Entries, entriesOf } from "./entries.ts";
import { type GuardedRedactor, RedactionFailed } from "./guarded-redactor.ts";
import {
  AFTER_VALUE,
  FIRST,
  IN_TEXT,
  type KeyForm,
  type KeyTable,
  type Position,
  type Predecessor,
} from "./key-table.ts";
import { Bytes, Items, Mark, plainForm } from "./plain-form.ts";
import { PairWalk, spelledByEntries, spelledByObject, spelledText } from "./pair-walk.ts";
import { hasInherited, isPlainMap } from "./plain-map.ts";
import { threw } from "./read-property.ts";
import { opaqueText } from "./value-text.ts";
import { EntryWriter } from "./write-entry.ts";
import { doubleJson, LeafWriter } from "./write-leaf.ts";
import { ListWriter } from "./write-list.ts";
import { quote } from "./write-string.ts";

/** What all walks of one writer share. */
export interface WalkOptions {
  readonly limits: Limits;
  readonly redactor: GuardedRedactor | undefined;
  readonly keys: KeyTable;
  readonly counts: CutCounts;
}

/**
 * The walk over the values of one event at a time. Its methods are given the JSON so far and return it grown by the value: so
 * its length is known all along, and what turns out too much is left out by going on with what was before it.
 *
 * Every property, item and getter is read once. What an object's own code throws becomes a mark in its place; what the redactor
 * throws ends the walk.
 */
export class ValueWriter {
  readonly leaf: LeafWriter;
  readonly #entry: EntryWriter;
  readonly #maxDepth: number;
  readonly #maxEntries: number;
  readonly #keys: KeyTable;
  readonly #counts: CutCounts;
  readonly #pairs: PairWalk | undefined;
  readonly #lists: ListWriter;
  /** The containers that the walk is in, from the outermost: an object that is among them is circular. */
  readonly #open: object[] = [];
  /** Which of them are lists. */
  readonly #isList: boolean[] = [];
  /** What the first key of a map is guessed from, by depth. */
  readonly #starts: Predecessor[] = [];
  /** The container whose end does not say that something was left out of it: the event's `dropped_attributes` says it. */
  #unmarked: object | undefined;
  #dropped = 0;

  constructor(options: WalkOptions) {
    const { limits, redactor, keys, counts } = options;
    this.leaf = new LeafWriter(limits, redactor, counts);
    this.#entry = new EntryWriter(this.leaf, redactor, keys, counts, this);
    this.#maxDepth = Math.min(limits.maxDepth, DEEPEST);
    this.#maxEntries = limits.maxAttributes;
    this.#keys = keys;
    this.#counts = counts;
    this.#pairs = redactor === undefined ? undefined : new PairWalk(redactor, keys);
    this.#lists = new ListWriter(this.#entry, this.#pairs);
  }

  /** Entries left out since the walk began. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Entries that may still be written. */
  get left(): number {
    return this.#entry.left;
  }

  /** A new event, whose line may have so many code units. */
  begin(maxLength: number): void {
    this.#entry.left = this.#maxEntries;
    this.leaf.max = maxLength;
    this.#dropped = 0;
  }

  /** Lets go of all raw values after a walk that threw. */
  abandon(): void {
    this.#open.length = 0;
    this.#entry.path.length = 0;
    this.#entry.parent = undefined;
    this.leaf.isExempt = false;
    this.#unmarked = undefined;
  }

  /** `out` with any value after it. */
  value(value: unknown, out: string): string {
    switch (typeof value) {
      case "string":
        return out + this.leaf.json(value, out.length);
      case "number":
        return out + this.leaf.number(value);
      case "boolean":
        return value ? `${out}true` : `${out}false`;
      case "bigint":
        return out + this.leaf.bigint(value, out.length);
      case "undefined":
        return `${out}null`;
      case "object":
        return value === null ? `${out}null` : this.#object(value, out);
      default:
        return out + this.leaf.text(this.leaf.safe(opaqueText(value)), out.length);
    }
  }

  /**
   * `out` with a map after it that has no mark where something was left out; `undefined` when nothing is written into it.
   * `form` is what `map` is walked as, `undefined` when it is a plain map.
   */
  topMap(map: object, form: object | undefined, out: string): string | undefined {
    this.#unmarked = map;
    const next = this.#container(map, form, out);
    this.#unmarked = undefined;
    return next.length === out.length + 2 ? undefined : next;
  }

  #object(object: object, out: string): string {
    let form: unknown;
    try {
      if (Array.isArray(object)) form = object;
      else if (isPlainMap(object)) return this.#container(object, undefined, out);
    } catch (error) {
      if (error instanceof RedactionFailed) throw error;
      return this.value(threw("Object", error), out);
    }
    form ??= plainForm(object, this.#entry.left);
    if (typeof form !== "object" || form === null) return this.value(form, out);
    if (form instanceof Bytes) return out + this.leaf.bytes(form.buffer, out.length);
    if (form instanceof Mark) return out + this.leaf.text(form.text, out.length);
    if (form instanceof DoubleValue) return out + doubleJson(form.value);
    return this.#container(object, form, out);
  }

  #container(object: object, form: object | undefined, out: string): string {
    const open = this.#open;
    const depth = open.length;
    if (depth > this.#maxDepth) {
      this.#counts.depth += 1;
      return `${out}"[depth limit]"`;
    }
    for (let i = 0; i < depth; i++) if (open[i] === object) return `${out}"[Circular]"`;
    const { max, isExempt } = this.leaf;
    const pathLength = this.#entry.path.length;
    open[depth] = object;
    this.#isList[depth] = form instanceof Items || Array.isArray(form);
    this.leaf.max = max - CLOSE_RESERVE;
    let next: string;
    try {
      if (form === undefined) next = this.#plainMap(object, out);
      else if (form instanceof Entries) next = this.#entries(form, out);
      else if (form instanceof Items) next = this.#list(form.values, form.omitted, out);
      else if (Array.isArray(form)) next = this.#list(form, 0, out);
      else next = this.#entries(entriesOf(form, this.#entry.left), out);
    } catch (error) {
      if (error instanceof RedactionFailed) throw error;
      open.length = depth + 1;
      this.#entry.path.length = pathLength;
      this.leaf.isExempt = isExempt;
      const mark = quote(this.leaf.safe(threw("Object", error)));
      next = object === this.#unmarked ? `${out}{"value":${mark}}` : out + mark;
    }
    this.leaf.max = max;
    open.pop();
    return next;
  }

  /** The quick way for what most maps are: `for in` is several times quicker than a list of the keys and reads by it. */
  #plainMap(map: object, start: string): string {
    if (hasInherited()) return this.#entries(entriesOf(map, this.#entry.left), start);
    let out = start;
    let position: Position = FIRST;
    let last: KeyForm | undefined;
    let count = 0;
    let visited = 0;
    let omitted = 0;
    let names: DistinctNames | undefined;
    let pairNames: PairName[] | undefined;
    let before: Predecessor = (this.#starts[this.#open.length] ??= { next: undefined });
    for (const name in map) {
      if (this.#entry.left <= 0) {
        omitted += Object.keys(map).length - visited;
        break;
      }
      visited += 1;
      let value: unknown;
      try {
        value = (map as Record<string, unknown>)[name];
      } catch (error) {
        value = threw("Getter", error);
      }
      if (value === undefined) continue;
      if (visited === 1 && name === "0") {
        const spelled = this.leaf.spelled(spelledByObject(map), start, map === this.#unmarked);
        if (spelled !== undefined) return spelled;
      }
      let key = before.next;
      if (key === undefined || key.name !== name) {
        key = this.#keys.get(name);
        if (!key.renamed) before.next = key;
      }
      before = key;
      const known = key.rule === undefined ? key.known?.get(value) : undefined;
      if (known !== undefined) {
        const next = out + known.piece.at(position);
        if (next.length <= this.leaf.max) {
          if (key.role === "name") (pairNames ??= []).push(namedBy(name, value));
          out = next;
          position = known.inText ? IN_TEXT : AFTER_VALUE;
          last = key;
          count += 1;
          this.#entry.left -= 1;
          continue;
        }
      }
      if (key.renamed) {
        names ??= new DistinctNames(Object.keys(map));
        key = names.distinct(key);
      }
      if (key.role === "name") (pairNames ??= []).push(namedBy(name, value));
      const form = key.isMoved ? this.#pairs?.inMap(key, value, map, pairNames, this.#entry.parent) : undefined;
      const next = this.#entry.write(form ?? key, value, out, position);
      if (next === undefined) omitted += 1;
      else if (next !== out) {
        out = next;
        position = this.#entry.position;
        last = key;
        count += 1;
      }
    }
    return this.#end(map, start, out, position, count === 1 ? last?.name : undefined, omitted);
  }

  /** Any other map. Its names may come more than once: a Map has `1` and `"1"`. */
  #entries(entries: Entries, start: string): string {
    const spelled = this.leaf.spelled(spelledByEntries(entries), start, entries === this.#unmarked);
    if (spelled !== undefined) return spelled;
    let out = start;
    let position: Position = FIRST;
    let only: string | undefined;
    let count = 0;
    let { omitted } = entries;
    const names = new DistinctNames([]);
    for (const [index, name] of entries.names.entries()) {
      if (this.#entry.left <= 0) {
        omitted += entries.names.length - index;
        break;
      }
      const value = entries.values[index];
      if (value === undefined) continue;
      const key = names.distinct(this.#keys.get(name));
      const form = this.#pairs?.inEntries(key, value, entries, this.#entry.parent);
      const next = this.#entry.write(form ?? key, value, out, position);
      if (next === undefined) omitted += 1;
      else if (next !== out) {
        out = next;
        position = this.#entry.position;
        only = count === 0 ? key.name : undefined;
        count += 1;
      }
    }
    return this.#end(entries, start, out, position, only, omitted);
  }

  #end(map: object, start: string, out: string, position: Position, only: string | undefined, omitted: number): string {
    if (omitted > 0) this.#omit(omitted);
    return omitted > 0 && map !== this.#unmarked
      ? endCutMap(out, position, omitted)
      : endMap(start, out, position, only);
  }

  #list(values: readonly unknown[], missing: number, start: string): string {
    const isInList = this.#isList[this.#open.length - 2] === true;
    const spelled = this.leaf.spelled(spelledText(values), start, false);
    if (spelled !== undefined) return spelled;
    const out = this.#lists.write(values, missing, start, isInList);
    if (this.#lists.omitted > 0) this.#omit(this.#lists.omitted);
    return out;
  }

  #omit(count: number): void {
    this.#dropped += count;
    this.#counts.attributes += count;
  }
}
