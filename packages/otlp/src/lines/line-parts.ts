import {
  type AnyMap,
  type AnyValue,
  DoubleValue,
  type EventLine,
  parseLine,
  parseTimestamp,
  type TelemetryEvent,
} from "@plumbline/core";
import { attributesJson, doubleJson } from "../message/any-value.ts";
import type { OtlpJson } from "../message/json-to-proto.ts";

/** What of a line says where it comes from, as OTLP/JSON, with a key that is the same for lines of one origin. */
export interface LineOrigin {
  readonly resourceKey: string;
  readonly scopeKey: string;
  readonly resource: OtlpJson | undefined;
  readonly schemaUrl: string;
  readonly scope: OtlpJson | undefined;
  readonly scopeSchemaUrl: string;
}

/** Reads the origin of a line that was parsed. */
export function originOf(line: EventLine, event: TelemetryEvent): LineOrigin {
  const raw = JSON.parse(line.line) as Readonly<Record<string, unknown>>; // it was parsed before
  const schemaUrl = textOf(raw["schema_url"]);
  const scopeSchemaUrl = textOf((raw["scope"] as { schema_url?: unknown } | undefined)?.schema_url);
  return {
    resourceKey: JSON.stringify([raw["resource"], schemaUrl]),
    scopeKey: JSON.stringify(raw["scope"] ?? null),
    resource: event.resource === undefined ? undefined : { attributes: attributesJson(event.resource) },
    schemaUrl,
    scope: event.scope === undefined ? undefined : scopeJson(event, raw["scope"]),
    scopeSchemaUrl,
  };
}

function scopeJson({ scope }: TelemetryEvent, raw: unknown): OtlpJson {
  const { attributes, dropped_attributes: dropped } = raw as { attributes?: unknown; dropped_attributes?: unknown };
  return {
    name: scope?.name,
    version: scope?.version,
    attributes: attributes === undefined ? undefined : attributesJson(readMap(attributes)),
    droppedAttributesCount: typeof dropped === "number" ? dropped : undefined,
  };
}

/** Attributes that `parseLine` does not read, by way of a line that has them where it does. */
function readMap(attributes: unknown): AnyMap {
  return parseLine(JSON.stringify({ time: "1970-01-01T00:00:00Z", severity: "INFO", attributes })).attributes;
}

/** A body that is a map; an empty one when it is anything else. */
export function bodyOf(event: TelemetryEvent): AnyMap {
  return mapOf(event.body);
}

export function mapOf(value: AnyValue | undefined): AnyMap {
  const isMap =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof DoubleValue);
  return isMap ? (value as AnyMap) : {};
}

export function mapsOf(value: AnyValue | undefined): readonly AnyMap[] {
  return Array.isArray(value) ? (value as readonly AnyValue[]).map((item) => mapOf(item)) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Nanoseconds of a time's text, as decimal text; `undefined` where there is none that OTLP can hold. */
export function nanosOf(value: AnyValue | undefined): string | undefined {
  const nanos = typeof value === "string" ? parseTimestamp(value) : undefined;
  return nanos === undefined ? undefined : heldNanos(nanos);
}

export function heldNanos(nanos: bigint): string | undefined {
  return BigInt.asUintN(64, nanos) === nanos ? String(nanos) : undefined;
}

/** An id that stands there as bytes. */
export function hexOf(value: AnyValue | undefined): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : undefined;
}

export function numberOf(value: AnyValue | undefined): number | undefined {
  if (value instanceof DoubleValue) return value.value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

/** A number as OTLP/JSON has a double. */
export function doubleOf(value: AnyValue | undefined): number | string | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : doubleJson(number);
}

/** A number as OTLP/JSON has an integer of 64 bits, which it may be beyond. */
export function integerOf(value: AnyValue | undefined): string | undefined {
  if (typeof value === "bigint") return String(value);
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) ? String(BigInt(number)) : undefined;
}
