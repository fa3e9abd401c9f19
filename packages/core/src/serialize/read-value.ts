import { type AnyMap, type AnyValue, DoubleValue } from "../attributes.ts";
import { unescapeTag } from "./value-tag.ts";

const MAX_DEPTH = 1000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INTEGER = /^-?(?:0|[1-9][0-9]{0,4095})$/;
const DOUBLE = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|NaN|-?Infinity)$/;

/** The value that `JSON.parse` gave, with its tags read. Throws a `RangeError` beyond a depth of 1,000. */
export function readValue(raw: unknown, depth = 0): AnyValue {
  switch (typeof raw) {
    case "string":
    case "boolean":
      return raw;
    case "number":
      return Object.is(raw, -0) ? new DoubleValue(raw) : raw;
    default:
      break;
  }
  if (typeof raw !== "object" || raw === null) return null;
  if (depth > MAX_DEPTH) throw new RangeError("nested too deep");
  if (Array.isArray(raw)) return raw.map((item) => readValue(item, depth + 1));
  const keys = Object.keys(raw);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only !== undefined && only.charCodeAt(0) === 36) {
    const tagged = readTag(only, (raw as Record<string, unknown>)[only]);
    if (tagged !== undefined) return tagged;
  }
  return readMap(raw, depth);
}

/** The map that `JSON.parse` gave, which is no tag itself; the result has a null prototype. */
export function readMap(raw: object, depth = 0): AnyMap {
  const map = Object.create(null) as Record<string, AnyValue>;
  const keys = Object.keys(raw);
  for (const key of keys) {
    const name = keys.length === 1 ? (unescapeTag(key) ?? key) : key;
    map[name] = readValue((raw as Record<string, unknown>)[key], depth + 1);
  }
  return map;
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
