import type { EventLine, Signal } from "../event.ts";
import type { SeverityNumber } from "../severity.ts";

/** Which event names an output takes: whole names, or `ns.*` for all below a namespace. */
export type NamePatterns = readonly string[];

/** Whether a text is a name or a namespace with `.*` (or `*` alone, for every event that has a name). */
export function isNamePattern(pattern: string): boolean {
  return pattern === "*" || (pattern !== "" && !pattern.replace(/\.\*$/, "").includes("*"));
}

/** What an output takes; the rest is filtered. */
export interface LineFilterOptions {
  readonly minSeverity: SeverityNumber;
  /** All names, and events without one, where it is left out. */
  readonly names: NamePatterns | undefined;
  readonly signals: readonly Signal[];
}

/** A test of lines. An event without a name passes no pattern. */
export function createLineFilter({ minSeverity, names, signals }: LineFilterOptions): (line: EventLine) => boolean {
  if (names === undefined) return (line) => line.severity >= minSeverity && signals.includes(line.signal);
  const whole = new Set(names.filter((pattern) => !pattern.endsWith("*")));
  const prefixes = names.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  return ({ severity, signal, name }) =>
    severity >= minSeverity &&
    signals.includes(signal) &&
    name !== undefined &&
    (whole.has(name) || prefixes.some((prefix) => name.startsWith(prefix)));
}
