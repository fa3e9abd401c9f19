import { type AnyMap, type AnyValue, DoubleValue } from "../attributes.ts";
import { unescapeTag } from "./value-tag.ts";

const MAX_DEPTH = 1000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INTEGER = /^-?(?:0|[1-9][0-9]{0,4095})$/;
const DOUBLE = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|NaN|-?Infinity)$/;

/** Reads what `JSON.parse` gave, which it changes in place: a copy of every map would cost as much as the parsing. */
export class ValueReader {
  /** Whether there was an integer that `JSON.parse` may have rounded. */
  sawLongInteger = false;

  /** The value with its tags read. Throws a `RangeError` beyond a depth of 1,000. */
  value(raw: unknown, depth: number): AnyValue {
    switch (typeof raw) {
      case "string":
      case "boolean":
        return raw;
      case "number":
        return this.#number(raw);
      default:
        break;
    }
    if (typeof raw !== "object" || raw === null) return null;
    if (depth > MAX_DEPTH) throw new RangeError("nested too deep");
    if (Array.isArray(raw)) {
      for (let i = 0; i < raw.length; i++) raw[i] = this.value(raw[i], depth + 1);
      return raw as AnyValue[];
    }
    const keys = Object.keys(raw);
    const only = keys.length === 1 ? keys[0] : undefined;
    if (only !== undefined && only.charCodeAt(0) === 36) {
      const tagged = readTag(only, (raw as Record<string, unknown>)[only]);
      if (tagged !== undefined) return tagged;
    }
    return this.map(raw, depth);
  }

  /** The map, which is no tag itself, with its values read and without its prototype. */
  map(raw: object, depth: number): AnyMap {
    const map = raw as Record<string, unknown>;
    const keys = Object.keys(map);
    for (const key of keys) {
      const value = map[key];
      if (typeof value !== "string") map[key] = this.value(value, depth + 1);
    }
    const only = keys.length === 1 ? keys[0] : undefined;
    const name = only === undefined ? undefined : unescapeTag(only);
    if (only !== undefined && name !== undefined) {
      map[name] = map[only];
      Reflect.deleteProperty(map, only);
    }
    // Stripped afterwards: an object that is made without a prototype is a dictionary to V8, and slow to fill and to read.
    return Object.setPrototypeOf(map, null) as AnyMap;
  }

  #number(raw: number): AnyValue {
    if (Number.isSafeInteger(raw)) return Object.is(raw, -0) ? new DoubleValue(raw) : raw;
    if (Number.isInteger(raw)) this.sawLongInteger = true;
    return raw;
  }
}

/** `undefined` when it is no well-formed tag: then it is a map like any other. */
function readTag(key: string, text: unknown): AnyValue | undefined {
  if (typeof text !== "string") return undefined;
  if (key === "$bytes") return BASE64.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
  if (key === "$int") return INTEGER.test(text) ? readInteger(text) : undefined;
  if (key === "$double") return DOUBLE.test(text) ? readDouble(text) : undefined;
  return undefined;
}

function readInteger(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number + 0 : BigInt(text);
}

function readDouble(text: string): number | DoubleValue {
  const number = Number(text);
  return Number.isSafeInteger(number) ? new DoubleValue(number) : number;
}
