import { testingError } from "../testing-error.ts";
import type { OtlpMessage } from "./decode.ts";
import { OTLP_MESSAGES, type FieldKind } from "./messages.ts";

/**
 * An OTLP/JSON message in the one form that {@link decodeOtlp} gives, so that the two can be compared: integers of 64 bits as text, enums as
 * numbers, defaults left out. Throws `PLB_TESTING_OTLP_INVALID` for a field that OTLP does not have, or of another type.
 */
export function normaliseOtlpJson(json: unknown, message: string): OtlpMessage {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid(message);
  if (message === "AnyValue") return anyValue(json as OtlpMessage);
  const fields = new Map(Object.values(OTLP_MESSAGES[message] ?? {}));
  const read: OtlpMessage = {};
  for (const [name, value] of Object.entries(json)) {
    const kind = fields.get(name);
    if (value === null || value === undefined) continue;
    if (kind === undefined) throw invalid(`${message}.${name}`);
    const normal = field(value, kind, `${message}.${name}`);
    const isDefault = normal === "" || normal === 0 || normal === "0" || normal === false || isEmptyList(normal);
    if (kind.endsWith("?") || !isDefault) read[name] = normal;
  }
  return read;
}

function field(value: unknown, kind: FieldKind, path: string): unknown {
  if (kind.endsWith("[]")) {
    if (!Array.isArray(value)) throw invalid(path);
    return value.map((item) => field(item, kind.slice(0, -2) as FieldKind, path));
  }
  switch (kind) {
    case "string":
      if (typeof value !== "string") throw invalid(path);
      return value;
    case "hex":
      if (typeof value !== "string" || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) throw invalid(path);
      return value.toLowerCase();
    case "bytes":
      if (typeof value !== "string") throw invalid(path);
      return Buffer.from(value, "base64").toString("base64");
    case "bool":
      if (typeof value !== "boolean") throw invalid(path);
      return value;
    case "uint32":
    case "sint32":
    case "fixed32":
      if (!Number.isInteger(Number(value))) throw invalid(path);
      return Number(value);
    case "fixed64":
    case "sfixed64?":
    case "int64":
    case "uint64":
      return integer(value, path);
    case "double":
    case "double?":
      return double(value, path);
    default:
      return normaliseOtlpJson(value, kind);
  }
}

function anyValue(json: OtlpMessage): OtlpMessage {
  const entries = Object.entries(json).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length > 1) throw invalid("AnyValue");
  return Object.fromEntries(entries.map(([name, value]) => [name, anyField(name, value)]));
}

function anyField(name: string, value: unknown): unknown {
  switch (name) {
    case "stringValue":
      return field(value, "string", name);
    case "boolValue":
      return field(value, "bool", name);
    case "intValue":
      return field(value, "int64", name);
    case "doubleValue":
      return field(value, "double", name);
    case "arrayValue":
      return normaliseOtlpJson(value, "ArrayValue");
    case "kvlistValue":
      return normaliseOtlpJson(value, "KeyValueList");
    case "bytesValue":
      return field(value, "bytes", name);
    default:
      throw invalid(`AnyValue.${name}`);
  }
}

function integer(value: unknown, path: string): string {
  if (typeof value === "number" && Number.isInteger(value)) return String(BigInt(value));
  if (typeof value !== "string" || !/^-?\d+$/.test(value)) throw invalid(path);
  return String(BigInt(value));
}

function double(value: unknown, path: string): number | string {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number") throw invalid(path);
  if (Object.is(number, -0)) return "-0";
  return Number.isFinite(number) ? number : String(number);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function invalid(path: string): Error {
  return testingError("PLB_TESTING_OTLP_INVALID", { message: `The OTLP/JSON message is wrong at ${path}.` });
}
