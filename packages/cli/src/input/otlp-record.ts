import {
  type AnyValue,
  DoubleValue,
  type EventInput,
  type Scope,
  severityName,
  toSeverityNumber,
} from "@plumbline/core";
import { isRecord, type JsonRecord } from "./fields.ts";
import { severityOfWord } from "./level.ts";
import { originAttributes } from "./origin-attributes.ts";
import type { PipedEvent } from "./piped-event.ts";
import { hexId } from "./trace.ts";

/** Deeper values are left out: the walk would cut them anyway. */
const MAX_DEPTH = 64;

/**
 * The event for an OTLP/JSON `ExportLogsServiceRequest` that holds exactly one log record; `undefined` for anything else, also for a request
 * with several records: a line is one event. Source: OTLP specification, "JSON Protobuf Encoding"; opentelemetry/proto/logs/v1/logs.proto.
 */
export function eventFromOtlp(request: JsonRecord): PipedEvent | undefined {
  const resourceLogs = onlyRecord(request["resourceLogs"]);
  const scopeLogs = onlyRecord(resourceLogs?.["scopeLogs"]);
  const record = onlyRecord(scopeLogs?.["logRecords"]);
  if (resourceLogs === undefined || scopeLogs === undefined || record === undefined) return undefined;
  const { resource: from } = resourceLogs;
  const resource = isRecord(from) ? toMap(from["attributes"], 0) : {};
  const scope = isRecord(scopeLogs["scope"]) ? scopeLogs["scope"] : {};
  const origin = originAttributes({
    schemaUrl: resourceLogs["schemaUrl"],
    droppedAttributes: isRecord(from) ? from["droppedAttributesCount"] : undefined,
    scopeSchemaUrl: scopeLogs["schemaUrl"],
    scopeAttributes: toMap(scope["attributes"], 0),
    scopeDroppedAttributes: scope["droppedAttributesCount"],
  });
  return {
    event: readRecord(record, scope, origin),
    resource: Object.keys(resource).length === 0 ? undefined : resource,
  };
}

function readRecord(record: JsonRecord, scope: JsonRecord, origin: Readonly<Record<string, AnyValue>>): EventInput {
  const severityText = text(record["severityText"]);
  const severity =
    toSeverityNumber(record["severityNumber"]) ??
    (severityText === undefined ? undefined : severityOfWord(severityText));
  const time = nanos(record["timeUnixNano"]);
  const observedTime = nanos(record["observedTimeUnixNano"]);
  const body = toValue(record["body"], 0);
  const name = text(record["eventName"]);
  const eventScope = readScope(scope);
  const traceId = hexId(record["traceId"], 32);
  const spanId = hexId(record["spanId"], 16);
  const flags = typeof record["flags"] === "number" ? record["flags"] & 0xff : 0;
  const droppedAttributes = record["droppedAttributesCount"];
  // The line has the severity's own name; another text (`Information`) is kept beside it.
  const keepsText =
    severityText !== undefined && (severity === undefined || severityText.toUpperCase() !== severityName(severity));
  return {
    ...(name === undefined ? {} : { name }),
    ...(severity === undefined ? {} : { severity }),
    ...(body === undefined ? {} : { body }),
    // OTLP: a record without a time of its own happened when it was observed.
    ...((time ?? observedTime) === undefined ? {} : { time: time ?? observedTime ?? 0n }),
    ...(observedTime === undefined ? {} : { observedTime }),
    ...(traceId === undefined || spanId === undefined ? {} : { trace: { traceId, spanId, flags } }),
    ...(eventScope === undefined ? {} : { scope: eventScope }),
    ...(typeof droppedAttributes === "number" && droppedAttributes > 0 ? { droppedAttributes } : {}),
    attributes: {
      ...toMap(record["attributes"], 0),
      ...(keepsText ? { severity_text: severityText } : {}),
      ...origin,
      ...(traceId !== undefined && spanId === undefined ? { trace_id: traceId } : {}),
    },
  };
}

function readScope(scope: JsonRecord): Scope | undefined {
  const name = text(scope["name"]);
  if (name === undefined) return undefined;
  const version = text(scope["version"]);
  return version === undefined ? { name } : { name, version };
}

function toMap(keyValues: unknown, depth: number): Record<string, AnyValue> {
  if (!Array.isArray(keyValues)) return {};
  const entries = keyValues.flatMap((entry: unknown): [string, AnyValue][] => {
    if (!isRecord(entry) || typeof entry["key"] !== "string") return [];
    return [[entry["key"], toValue(entry["value"], depth) ?? null]];
  });
  return Object.fromEntries(entries);
}

function toValue(value: unknown, depth: number): AnyValue | undefined {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return integer(intValue);
  if (typeof doubleValue === "number") return new DoubleValue(doubleValue);
  // Protobuf's JSON mapping writes what JSON has no number for as text.
  if (typeof doubleValue === "string" && /^(?:NaN|-?Infinity)$/.test(doubleValue))
    return new DoubleValue(Number(doubleValue));
  if (typeof bytesValue === "string") return Buffer.from(bytesValue, "base64");
  if (isRecord(arrayValue)) {
    const items = arrayValue["values"];
    return Array.isArray(items) ? items.map((item: unknown) => toValue(item, depth + 1) ?? null) : [];
  }
  return isRecord(kvlistValue) ? toMap(kvlistValue["values"], depth + 1) : undefined;
}

/** An int64: protobuf's JSON mapping writes it as decimal text, and numbers are accepted too. */
function integer(value: unknown): AnyValue | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (typeof value !== "string" || !/^-?\d{1,19}$/.test(value)) return undefined;
  const exact = BigInt(value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function nanos(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  const digits = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== "string" || !/^\d{1,19}$/.test(digits)) return undefined;
  const time = BigInt(digits);
  return time === 0n ? undefined : time;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function onlyRecord(value: unknown): JsonRecord | undefined {
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const only: unknown = value[0];
  return isRecord(only) ? only : undefined;
}
