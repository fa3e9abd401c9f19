import { read } from "./read-property.ts";

/** What an object that keeps its content elsewhere than in its properties (a Map, headers, an error) is walked as. */
export class Entries {
  readonly names: string[] = [];
  readonly values: unknown[] = [];
  /** Entries beyond those that were asked for. */
  omitted = 0;
  /** Whether they are the parameters of an address. */
  areParameters = false;

  add(name: string, value: unknown): void {
    this.names.push(name);
    this.values.push(value);
  }
}

/** At most `most` of the object's own enumerable properties; one whose getter throws has a mark for its value. */
export function entriesOf(object: object, most: number): Entries {
  const entries = new Entries();
  const names = Object.keys(object);
  for (const name of names) {
    if (entries.names.length === most) break;
    entries.add(name, read(object, name));
  }
  entries.omitted = names.length - entries.names.length;
  return entries;
}

/** At most `most` entries of a Map. Keys that are no text become text. */
export function entriesOfMap(map: ReadonlyMap<unknown, unknown>, most: number): Entries {
  const entries = new Entries();
  for (const [key, value] of Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>) {
    if (entries.names.length === most) break;
    entries.add(keyText(key), value);
  }
  // Not `map.size`: a class of the caller's may have another.
  entries.omitted = Reflect.get(Map.prototype, "size", map) - entries.names.length;
  return entries;
}

/**
 * At most `most` entries of an iterable of pairs in which a name may come again (Headers, URLSearchParams, FormData):
 * its values become a list. What is beyond is not even iterated.
 */
export function entriesOfPairs(pairs: Iterable<unknown>, most: number): Entries {
  const entries = new Entries();
  const places = new Map<string, number>();
  let seen = 0;
  for (const pair of pairs) {
    if (seen === most) {
      entries.omitted = 1;
      break;
    }
    seen += 1;
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [pair, undefined];
    const text = keyText(name);
    const place = places.get(text);
    if (place === undefined) {
      places.set(text, entries.names.length);
      entries.add(text, value);
    } else {
      const earlier = entries.values[place];
      entries.values[place] = earlier instanceof Repeated ? earlier.and(value) : new Repeated([earlier, value]);
    }
  }
  for (const [index, value] of entries.values.entries()) {
    if (value instanceof Repeated) entries.values[index] = value.values;
  }
  return entries;
}

/** The values of a name that came more than once; a class of its own to be told from a value that is a list. */
class Repeated {
  readonly values: unknown[];

  constructor(values: unknown[]) {
    this.values = values;
  }

  and(value: unknown): this {
    this.values.push(value);
    return this;
  }
}

function keyText(key: unknown): string {
  switch (typeof key) {
    case "string":
      return key;
    case "symbol":
      return key.toString();
    case "object":
      return key === null ? "null" : Object.prototype.toString.call(key);
    case "function":
      return "[Function]";
    default:
      return String(key);
  }
}
