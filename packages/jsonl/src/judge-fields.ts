import { SEVERITY_NAMES } from "@plumbline/core";

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/;
const SECONDS_LENGTH = "2026-11-20T21:57:03".length;
const SEVERITIES: ReadonlySet<unknown> = new Set(SEVERITY_NAMES);

/** Whether a text is a moment as the format has it: ISO 8601 in UTC, with up to nine digits of a second, and on the calendar. */
export function isTime(text: string): boolean {
  const seconds = TIME.exec(text)?.[1];
  if (seconds === undefined) return false;
  const ms = Date.parse(`${seconds}Z`);
  // Date.parse takes 31 February for a day in March, and 24:00 for the next day.
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, SECONDS_LENGTH) === seconds;
}

/** Whether a value is one of the 24 names of a severity, in capitals. */
export function isSeverityName(value: unknown): boolean {
  return SEVERITIES.has(value);
}
