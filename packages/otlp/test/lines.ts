import {
  createLineWriter,
  eventLineFrom,
  type EventInput,
  type EventLine,
  type LineRecord,
  type SeverityNumber,
} from "@plumbline/core";
import { createFakeClock } from "@plumbline/testing";

const LIMITS = { maxDepth: 64, maxAttributes: 100_000, maxStringLength: 1 << 24, maxEventSize: 1 << 26 };

/** Lines as the walk makes them, without redaction. */
export function writeLines(
  events: readonly EventInput[],
  resource: Readonly<Record<string, unknown>> = { "service.name": "test" },
  severity: SeverityNumber = 9,
): readonly LineRecord[] {
  const writer = createLineWriter({ clock: createFakeClock(), limits: LIMITS, redactor: undefined, resource });
  return events.map((event) => writer.write(event, severity));
}

/** A line of a file that another program wrote. */
export function foreignLine(fields: Readonly<Record<string, unknown>>): EventLine {
  return eventLineFrom(JSON.stringify({ time: "2026-11-20T21:57:03.123456Z", severity: "INFO", ...fields }));
}
