import { type EventInput, parseLine, severityName, SEVERITY_NAMES, type TelemetryEvent } from "@plumbline/core";
import { writeJson } from "../redact/write-json.ts";
import { isRecord, type JsonRecord } from "./fields.ts";
import { type Origin, originAttributes } from "./origin-attributes.ts";
import type { PipedEvent } from "./piped-event.ts";

/** Every field of a line, as `docs/reference/format.md` has them. */
const LINE_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "time",
  "severity",
  "severity_number",
  "name",
  "body",
  "attributes",
  "trace_id",
  "span_id",
  "flags",
  "observed_time",
  "scope",
  "dropped_attributes",
  "signal",
  "schema_url",
  "resource",
]);
const SEVERITIES: ReadonlySet<unknown> = new Set(SEVERITY_NAMES);

/**
 * The event for a line that Plumbline itself wrote, from another service's stdout for instance; `undefined` for any other. A line with a field
 * that ours do not have is another logger's: its field must not be lost. The line's id is left behind; whoever writes the event gives it a new one.
 */
export function eventFromPlumblineLine(record: JsonRecord, text: string): PipedEvent | undefined {
  if (typeof record["time"] !== "string" || !SEVERITIES.has(record["severity"])) return undefined;
  if (!Object.keys(record).every((key) => LINE_FIELDS.has(key))) return undefined;
  try {
    return toInput(parseLine(text), originOf(record));
  } catch {
    return undefined; // looks like ours and is not: the mapping for all loggers takes it
  }
}

/** What the reader of a line leaves out, for an event has no field for it. Throws for attributes of a scope that are none. */
function originOf({ time, severity, schema_url: schemaUrl, scope }: JsonRecord): Origin {
  if (!isRecord(scope)) return { schemaUrl };
  const { attributes } = scope;
  return {
    schemaUrl,
    scopeSchemaUrl: scope["schema_url"],
    // In a line of their own, for they are written as those of an event.
    ...(attributes === undefined
      ? {}
      : { scopeAttributes: parseLine(writeJson({ time, severity, attributes })).attributes }),
    scopeDroppedAttributes: scope["dropped_attributes"],
  };
}

function toInput(event: TelemetryEvent, origin: Origin): PipedEvent {
  const { traceId, spanId } = event;
  const isNamedOtherwise = event.severityText !== severityName(event.severity);
  const input: EventInput = {
    time: event.time,
    severity: event.severity,
    signal: event.signal,
    attributes: {
      ...event.attributes,
      ...originAttributes(origin),
      ...(isNamedOtherwise ? { severity_text: event.severityText } : {}),
      ...(traceId !== undefined && spanId === undefined ? { trace_id: traceId } : {}),
    },
    ...(event.name === undefined ? {} : { name: event.name }),
    ...(event.body === undefined ? {} : { body: event.body }),
    ...(event.observedTime === undefined ? {} : { observedTime: event.observedTime }),
    ...(event.scope === undefined ? {} : { scope: event.scope }),
    ...(event.droppedAttributes === 0 ? {} : { droppedAttributes: event.droppedAttributes }),
    ...(traceId === undefined || spanId === undefined ? {} : { trace: { traceId, spanId, flags: event.flags ?? 0 } }),
  };
  return { event: input, resource: event.resource };
}
