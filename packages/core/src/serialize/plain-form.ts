import { types } from "node:util";
import { DoubleValue } from "../attributes.ts";
import { Entries, entriesOfMap, entriesOfPairs } from "./entries.ts";
import { entriesOfError, isError } from "./error-form.ts";
import { threw } from "./read-property.ts";

/** Bytes as they are written, whatever view they came in. */
export class Bytes {
  readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }
}

/** A list that was made for the walk, with what of it was left out. */
export class Items {
  readonly values: readonly unknown[];
  readonly omitted: number;

  constructor(values: readonly unknown[], omitted: number) {
    this.values = values;
    this.omitted = omitted;
  }
}

/** Text of ours that cannot hold a secret and is not scanned. */
export class Mark {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * What an object that is neither a list nor a plain map is walked as: a primitive, one of the classes above, `Entries`, a list,
 * or the object itself, by its own enumerable properties. No more than `most` items of it are looked at. Its code may run
 * (`toJSON`, iterators, getters), once each; what that throws becomes a mark.
 */
export function plainForm(object: object, most: number): unknown {
  try {
    const form = builtInForm(object, most);
    if (form !== undefined) return form;
    const toJson: unknown = (object as { toJSON?: unknown }).toJSON;
    return typeof toJson === "function" ? jsonForm(object, toJson, most) : object;
  } catch (error) {
    return threw("Object", error);
  }
}

/** What `toJSON` returns is walked, and so redacted, like anything else, but for a `toJSON` of its own: as `JSON.stringify` does. */
function jsonForm(object: object, toJson: Function, most: number): unknown {
  let result: unknown;
  try {
    result = Reflect.apply(toJson, object, [""]);
  } catch (error) {
    return threw("toJSON", error);
  }
  if (typeof result !== "object" || result === null) return result;
  return builtInForm(result, most) ?? result;
}

function builtInForm(object: object, most: number): unknown {
  if (object instanceof Mark || object instanceof Items || object instanceof Entries || object instanceof Bytes)
    return object;
  if (ArrayBuffer.isView(object)) return viewForm(object, most);
  // The tag is quicker than asking for each kind, but an object may lie about it: so each is asked for what it says it is.
  switch (Object.prototype.toString.call(object)) {
    case "[object Date]":
      return types.isDate(object) ? dateForm(object) : undefined;
    case "[object Map]":
      return types.isMap(object) ? entriesOfMap(object, most) : undefined;
    case "[object Set]":
      return types.isSet(object) ? setForm(object, most) : undefined;
    case "[object ArrayBuffer]":
    case "[object SharedArrayBuffer]":
      return types.isAnyArrayBuffer(object) ? new Bytes(Buffer.from(object)) : undefined;
    case "[object RegExp]":
      return types.isRegExp(object) ? RegExp.prototype.toString.call(object) : undefined;
    case "[object String]":
    case "[object Number]":
    case "[object Boolean]":
    case "[object BigInt]":
    case "[object Symbol]":
      return types.isBoxedPrimitive(object) ? unboxed(object) : undefined;
    case "[object URL]":
      return object instanceof URL ? object.href : undefined;
    case "[object URLSearchParams]":
      return isIterable(object) ? parametersOf(object, most) : undefined;
    case "[object Headers]":
    case "[object FormData]":
      return isIterable(object) ? entriesOfPairs(object, most) : undefined;
    case "[object Promise]":
    case "[object WeakMap]":
    case "[object WeakSet]":
    case "[object WeakRef]":
    case "[object Generator]":
    case "[object AsyncGenerator]":
      return Object.keys(object).length === 0 ? Object.prototype.toString.call(object) : undefined;
    default:
      break;
  }
  if (object instanceof DoubleValue) return object;
  return isError(object) ? entriesOfError(object) : undefined;
}

/** Bytes for views of bytes; a list of numbers for views of anything wider. */
function viewForm(view: ArrayBufferView, most: number): unknown {
  if (types.isUint8Array(view) || types.isUint8ClampedArray(view) || types.isDataView(view)) {
    return new Bytes(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
  }
  const numbers = view as unknown as ArrayLike<number | bigint>;
  const length = numbers.length;
  const values: (number | bigint | undefined)[] = [];
  for (let i = 0; i < length && i < most; i++) values.push(numbers[i]);
  return new Items(values, length - values.length);
}

function parametersOf(parameters: Iterable<unknown>, most: number): Entries {
  const entries = entriesOfPairs(parameters, most);
  entries.areParameters = true;
  return entries;
}

/** ISO 8601, in milliseconds as a Date has it. */
function dateForm(date: Date): Mark {
  const ms = Date.prototype.getTime.call(date);
  return new Mark(Number.isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString());
}

function setForm(set: ReadonlySet<unknown>, most: number): Items {
  const values: unknown[] = [];
  for (const value of Set.prototype.values.call(set) as SetIterator<unknown>) {
    if (values.length === most) break;
    values.push(value);
  }
  return new Items(values, Reflect.get(Set.prototype, "size", set) - values.length);
}

function unboxed(boxed: object): unknown {
  if (types.isStringObject(boxed)) return String.prototype.valueOf.call(boxed);
  if (types.isNumberObject(boxed)) return Number.prototype.valueOf.call(boxed);
  if (types.isBooleanObject(boxed)) return Boolean.prototype.valueOf.call(boxed);
  if (types.isBigIntObject(boxed)) return BigInt.prototype.valueOf.call(boxed);
  return Symbol.prototype.valueOf.call(boxed);
}

function isIterable(object: object): object is Iterable<unknown> {
  return typeof (object as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function";
}
