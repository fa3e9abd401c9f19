import type { Signal } from "../event.ts";
import { parseId } from "../id.ts";
import { type SeverityNumber, toSeverityNumber } from "../severity.ts";
import { parseTimestamp } from "./timestamp.ts";

/** What can be read of a line without parsing it. */
export interface LineHead {
  readonly id: string | undefined;
  readonly time: bigint;
  readonly severity: SeverityNumber;
  readonly name: string | undefined;
  readonly signal: Signal;
}

/**
 * The head of a line whose fields stand in the order in which our own writer puts them, without escapes; `undefined` when it must be
 * parsed to be known.
 */
export function readHead(line: string): LineHead | undefined {
  // These stand further down, or change what the head says.
  if (line.includes('signal":') || line.includes('severity_number":') || !line.endsWith("}")) return undefined;
  const idText = textAfter(line, '{"id":"', 0);
  const id = idText === undefined ? undefined : parseId(idText);
  if (idText !== undefined && id === undefined) return undefined;
  const timeAt = idText === undefined ? 0 : idText.length + 8;
  const timeText = textAfter(line, idText === undefined ? '{"time":"' : ',"time":"', timeAt);
  const time = timeText === undefined ? undefined : parseTimestamp(timeText);
  if (timeText === undefined || time === undefined) return undefined;
  const severityAt = timeAt + timeText.length + 10;
  const severityText = textAfter(line, ',"severity":"', severityAt);
  const severity = severityText === undefined ? undefined : toSeverityNumber(severityText);
  if (severityText === undefined || severity === undefined) return undefined;
  const nameAt = severityAt + severityText.length + 14;
  const name = textAfter(line, ',"name":"', nameAt);
  if (name === undefined && line.includes('"name":', nameAt)) return undefined;
  return { id: idText, time, severity, name, signal: "logs" };
}

/** The text between `before`, which must stand at `at`, and the next quote; `undefined` when it is not there or has an escape. */
function textAfter(line: string, before: string, at: number): string | undefined {
  if (!line.startsWith(before, at)) return undefined;
  const start = at + before.length;
  const end = line.indexOf('"', start);
  if (end < 0) return undefined;
  const text = line.slice(start, end);
  return text.includes("\\") ? undefined : text;
}
