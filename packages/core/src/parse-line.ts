import type { AnyMap } from "./attributes.ts";
import { coreError } from "./error-codes.ts";
import type { PlumblineError } from "./errors.ts";
import type { Scope, Signal, TelemetryEvent } from "./event.ts";
import { parseTimestamp } from "./serialize/timestamp.ts";
import { ValueReader } from "./serialize/read-value.ts";
import { tagLongIntegers } from "./serialize/long-integers.ts";
import { type SeverityNumber, severityName, toSeverityNumber } from "./severity.ts";

const EMPTY: AnyMap = Object.freeze(Object.create(null) as AnyMap);

/** Why a text is no event; stands in the error's `details.reason`. */
export type LineFault =
  | "json"
  | "object"
  | "depth"
  | "id"
  | "time"
  | "severity"
  | "name"
  | "attributes"
  | "trace"
  | "flags"
  | "observed_time"
  | "scope"
  | "resource"
  | "dropped_attributes"
  | "signal";

/**
 * Reads a line back, without its newline. Throws `PLB_LINE_INVALID` when it is not one event: `details.reason` names the part
 * that is wrong and `details.offset` the place where JSON ended, where known; no text of the line is quoted.
 *
 * Unknown fields are ignored. Integers beyond ±2^53 that another writer put down as plain digits come back exact, as bigints;
 * its `1.0` is read as the integer 1.
 */
export function parseLine(line: string): TelemetryEvent {
  const values = new ValueReader();
  try {
    const event = readEvent(parseObject(line), values);
    // Seldom: a double of 2^53 or more, or an integer that only its digits give exactly.
    return values.sawLongInteger ? readEvent(parseObject(tagLongIntegers(line)), values) : event;
  } catch (error) {
    if (error instanceof RangeError) throw lineInvalid("depth");
    throw error;
  }
}

function readEvent(raw: Record<string, unknown>, values: ValueReader): TelemetryEvent {
  const { id, name, body, attributes, trace_id: traceId, span_id: spanId, flags, scope, resource } = raw;
  const time = typeof raw["time"] === "string" ? parseTimestamp(raw["time"]) : undefined;
  if (time === undefined) throw lineInvalid("time");
  const observedTime = raw["observed_time"];
  const observed = typeof observedTime === "string" ? parseTimestamp(observedTime) : undefined;
  if (observedTime !== undefined && observed === undefined) throw lineInvalid("observed_time");
  if (id !== undefined && typeof id !== "string") throw lineInvalid("id");
  if (name !== undefined && typeof name !== "string") throw lineInvalid("name");
  if (attributes !== undefined && !isObject(attributes)) throw lineInvalid("attributes");
  if (resource !== undefined && !isObject(resource)) throw lineInvalid("resource");
  if (!isHex(traceId, 32) || !isHex(spanId, 16)) throw lineInvalid("trace");
  if (flags !== undefined && !isCount(flags, 0xffffffff)) throw lineInvalid("flags");
  // Left out it is 0; null is no count, as it is no name and no flags.
  const { dropped_attributes: dropped = 0 } = raw;
  if (!isCount(dropped, 0xffffffff)) throw lineInvalid("dropped_attributes");
  const severity = readSeverity(raw["severity"], raw["severity_number"]);
  return {
    id,
    time,
    observedTime: observed,
    severity,
    severityText: typeof raw["severity"] === "string" ? raw["severity"] : severityName(severity),
    name,
    body: body === undefined ? undefined : values.value(body, 0),
    attributes: attributes === undefined ? EMPTY : values.map(attributes, 0),
    traceId,
    spanId,
    flags: flags ?? (traceId === undefined ? undefined : 0),
    scope: readScope(scope),
    resource: resource === undefined ? undefined : values.map(resource, 0),
    droppedAttributes: dropped,
    signal: readSignal(raw["signal"]),
  };
}

function parseObject(line: string): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (error) {
    // V8's message quotes the text: only the position in it is passed on.
    const at = error instanceof SyntaxError ? / at position ([0-9]+)(?: \(|$)/.exec(error.message)?.[1] : undefined;
    throw lineInvalid("json", at === undefined ? undefined : Number(at));
  }
  if (!isObject(raw)) throw lineInvalid("object");
  return raw;
}

/** The error for a text that is no event. Holds no text of it. */
function lineInvalid(reason: LineFault, offset?: number): PlumblineError {
  return coreError("PLB_LINE_INVALID", {
    message: `The line is not an event: ${reason}${offset === undefined ? "" : ` at offset ${offset}`}.`,
    details: { reason, ...(offset === undefined ? {} : { offset }) },
  });
}

/** The number wins over the text, which may be any text then. */
function readSeverity(text: unknown, number: unknown): SeverityNumber {
  const isForm =
    (text === undefined || typeof text === "string") && (number === undefined || typeof number === "number");
  const severity = isForm ? toSeverityNumber(number ?? text) : undefined;
  if (severity === undefined) throw lineInvalid("severity");
  return severity;
}

function readScope(raw: unknown): Scope | undefined {
  if (raw === undefined) return undefined;
  if (!isObject(raw)) throw lineInvalid("scope");
  const { name, version } = raw;
  if (typeof name !== "string") throw lineInvalid("scope");
  if (version === undefined) return { name };
  if (typeof version !== "string") throw lineInvalid("scope");
  return { name, version };
}

function readSignal(raw: unknown): Signal {
  if (raw === undefined) return "logs";
  if (raw === "logs" || raw === "traces" || raw === "metrics") return raw;
  throw lineInvalid("signal");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

function isHex(value: unknown, length: number): value is string | undefined {
  if (value === undefined) return true;
  return typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
}
