import { LineRecord, type EventLine } from "@plumbline/core";

const NANOS_PER_MICRO = 1000n;

/** The same line as one of its own, to be numbered: the one that was given may be in another journal, too. */
export function withoutNumber(line: EventLine): LineRecord {
  const rest = line.line.replace(/^\{(?:"id":"[^"]*",)?/, "");
  const micros = Number(line.time / NANOS_PER_MICRO);
  const nanos = Number(line.time % NANOS_PER_MICRO);
  return new LineRecord(rest, line.size, micros, nanos, line.severity, line.name, line.signal);
}
