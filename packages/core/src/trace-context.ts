import { context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import type { TraceContext } from "./event.ts";

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;

/**
 * The span that is active in this turn, valid or not; `undefined` when there is none, or when the implementation behind the
 * OpenTelemetry API throws: tracing is somebody else's, its failure must cost no event.
 */
export function activeSpan(): SpanContext | undefined {
  try {
    const active = context.active();
    return active === ROOT_CONTEXT ? undefined : trace.getSpanContext(active);
  } catch {
    return undefined;
  }
}

/**
 * Whether both ids have their form and neither is all zeros.
 * Source: W3C Trace Context, sections 3.2.2.3 and 3.2.2.4.
 */
export function isValidTrace(ids: Pick<TraceContext, "traceId" | "spanId">): boolean {
  return isId(ids.traceId, TRACE_ID_DIGITS) && isId(ids.spanId, SPAN_ID_DIGITS);
}

function isId(id: unknown, digits: number): boolean {
  if (typeof id !== "string" || id.length !== digits) return false;
  let anySet = 0;
  for (let i = 0; i < digits; i++) {
    const code = id.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
    anySet |= code - 48;
  }
  return anySet !== 0;
}
