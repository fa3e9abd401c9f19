import { type AnyMap, type AnyValue, DoubleValue } from "@plumbline/core";
import type { OtlpJson } from "./json-to-proto.ts";

/** A value of an event as an AnyValue of OTLP/JSON. An integer that 64 bits do not hold is text. */
function anyValueJson(value: AnyValue): OtlpJson {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: doubleJson(value) };
    case "bigint":
      return BigInt.asIntN(64, value) === value ? { intValue: String(value) } : { stringValue: String(value) };
    default:
  }
  if (value === null) return {};
  if (value instanceof DoubleValue) return { doubleValue: doubleJson(value.value) };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) {
    return { arrayValue: { values: (value as readonly AnyValue[]).map((item) => anyValueJson(item)) } };
  }
  return { kvlistValue: { values: attributesJson(value as AnyMap) } }; // the last of the kinds
}

/** A map as the `KeyValue`s of OTLP/JSON. */
export function attributesJson(map: AnyMap): readonly OtlpJson[] {
  return Object.entries(map).map(([key, value]) => ({ key, value: anyValueJson(value) }));
}

/** A double in JSON: what JSON has no number for is text. */
export function doubleJson(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? "-0" : String(value);
}
