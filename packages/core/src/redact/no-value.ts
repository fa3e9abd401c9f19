import type { KeyRule } from "./redactor.ts";

/**
 * Whether what stands under a secret's name in a structure holds none: nothing, an empty text; under a name that is built in also a truth value, one sign that a parser took
 * for its token, and under `pass` a number that is too short for a secret, or none of digits alone.
 */
export function isNoValue(rule: KeyRule, name: string | undefined, value: unknown): boolean {
  if (value === null || value === "") return true;
  if (rule.isOwn === true) return false;
  if (typeof value === "boolean") return true;
  if (typeof value === "number") return name?.toLowerCase() === COUNTED && !isLongNumber(value);
  return typeof value === "string" && value.length === 1 && isSign(value.charCodeAt(0));
}

/** Whether a number under `pass` is that of the tests that passed: in the same object stands that of those that did not. */
export function isTestCount(rule: KeyRule, name: string, value: unknown, entries: () => readonly Entry[]): boolean {
  if (typeof value !== "number" || rule.isOwn === true || name.toLowerCase() !== COUNTED) return false;
  return entries().some((entry) => typeof entry[1] === "number" && isCounter(entry[0]));
}

type Entry = readonly [name: string, value: unknown];

/** Whether a name says how many tests did not pass. */
export function isCounter(name: string): boolean {
  return COUNTERS.has(name.toLowerCase());
}

/** The name of a password, and of the tests that passed. */
export const COUNTED = "pass";

const COUNTERS: ReadonlySet<string> = new Set("fail fails failed failure failures skipped".split(" "));

/** As long as a PIN. */
function isLongNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 1000;
}

/** ASCII that is neither letter nor digit. */
function isSign(code: number): boolean {
  return code < 0x30 || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || (code > 0x7a && code < 0x80);
}
