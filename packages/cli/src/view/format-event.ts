import { severityName, type TelemetryEvent } from "@plumbline/core";
import type { Colours, Paint } from "../terminal/colour.ts";
import { safeText } from "../terminal/safe-text.ts";
import { formatValue, shorten } from "./format-value.ts";

const SEVERITY_WIDTH = 6;
const STACK = "exception.stacktrace";
const MAX_STACK_LINES = 50;

/** An event for people to read: one line, and below it the stack where it has one. Ends with a newline; safe to print on a terminal. */
export function formatEvent(event: TelemetryEvent, colours: Colours): string {
  const severity = severityName(event.severity);
  const parts = [
    colours.dim(formatTime(event.time)),
    paintSeverity(event.severity, colours)(severity.padEnd(SEVERITY_WIDTH)),
    ...(event.name === undefined ? [] : [colours.bold(shorten(event.name))]),
    ...(event.body === undefined
      ? []
      : [typeof event.body === "string" ? shorten(event.body) : formatValue(event.body)]),
    ...Object.entries(event.attributes)
      .filter(([key]) => key !== STACK)
      .map(([key, value]) => `${colours.cyan(safeText(key))}${colours.dim("=")}${formatValue(value)}`),
    ...(event.traceId === undefined ? [] : [colours.dim(`trace=${safeText(event.traceId)}`)]),
  ];
  const stack = event.attributes[STACK];
  return `${parts.join(" ")}\n${typeof stack === "string" ? formatStack(stack, colours) : ""}`;
}

/** A time to the millisecond, in UTC. */
function formatTime(nanos: bigint): string {
  const date = new Date(Number(nanos / 1_000_000n));
  return Number.isNaN(date.getTime()) ? String(nanos) : date.toISOString();
}

function formatStack(stack: string, colours: Colours): string {
  const lines = stack.trimEnd().split("\n");
  const shown = lines.slice(0, MAX_STACK_LINES).map((line) => `    ${colours.dim(shorten(line.trim()))}\n`);
  const left = lines.length - MAX_STACK_LINES;
  return shown.join("") + (left > 0 ? `    ${colours.dim(`… ${left} more lines`)}\n` : "");
}

function paintSeverity(severity: number, colours: Colours): Paint {
  if (severity >= 21) return (text) => colours.bold(colours.magenta(text));
  if (severity >= 17) return colours.red;
  if (severity >= 13) return colours.yellow;
  if (severity >= 9) return colours.green;
  return severity >= 5 ? colours.blue : colours.dim;
}
