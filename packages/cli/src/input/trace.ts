import type { TraceContext } from "@plumbline/core";
import type { Fields } from "./fields.ts";

const TRACE_ID_KEYS = ["trace_id", "traceId", "trace.id", "traceid"];
const SPAN_ID_KEYS = ["span_id", "spanId", "span.id", "spanid"];
const FLAGS_KEYS = ["trace_flags", "traceFlags", "flags"];

/** Takes the trace context out of a logger's fields. Both ids must be valid; without them the fields stay where they are. */
export function takeTrace(fields: Fields): TraceContext | undefined {
  const traceKey = TRACE_ID_KEYS.find((key) => hexId(fields.peek(key), 32) !== undefined);
  const spanKey = SPAN_ID_KEYS.find((key) => hexId(fields.peek(key), 16) !== undefined);
  if (traceKey === undefined || spanKey === undefined) return undefined;
  const traceId = fields.take([traceKey], (value) => hexId(value, 32));
  const spanId = fields.take([spanKey], (value) => hexId(value, 16));
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, flags: fields.take(FLAGS_KEYS, traceFlags) ?? 0 };
}

/** An id of that many hex digits that is not all zeros, in lower case. Source: W3C Trace Context. */
export function hexId(value: unknown, digits: 16 | 32): string | undefined {
  if (typeof value !== "string" || value.length !== digits || !/^[0-9a-fA-F]+$/.test(value) || /^0+$/.test(value))
    return undefined;
  return value.toLowerCase();
}

/** Flags as a number, or as the two hex digits that the `traceparent` header has. */
function traceFlags(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= 255 ? value : undefined;
  return typeof value === "string" && /^[0-9a-fA-F]{2}$/.test(value) ? Number.parseInt(value, 16) : undefined;
}
