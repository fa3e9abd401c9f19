import { types } from "node:util";
import type { TimeInput } from "../event.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400;
const FIRST_SECOND = -62_167_219_200; // 0000-01-01T00:00:00Z
const LAST_SECOND = 253_402_300_799; // 9999-12-31T23:59:59Z

/** Nanoseconds since 1970 of a time as a caller may give it; `undefined` when it is none, or not in the years 0000 to 9999. */
export function toNanos(time: TimeInput): bigint | undefined {
  if (typeof time === "string") return parseTimestamp(time);
  if (typeof time === "bigint") return inRange(time) ? time : undefined;
  if (typeof time !== "number" && !types.isDate(time)) return undefined; // a caller without types may give anything
  const ms = typeof time === "number" ? time : Date.prototype.getTime.call(time);
  if (!(Math.abs(ms) <= 8.64e15)) return undefined;
  const whole = Math.floor(ms);
  const nanos = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1000)) * 1000n;
  return inRange(nanos) ? nanos : undefined;
}

/** ISO 8601 in UTC with six fraction digits, or nine when the time has nanoseconds. The time is in the years 0000 to 9999. */
export function formatTimestamp(nanos: bigint): string {
  let second = nanos / NANOS_PER_SECOND;
  let fraction = nanos % NANOS_PER_SECOND;
  if (fraction < 0n) {
    second -= 1n;
    fraction += NANOS_PER_SECOND;
  }
  const digits = fraction.toString().padStart(9, "0");
  return `${formatSecond(Number(second))}.${digits.endsWith("000") ? digits.slice(0, 6) : digits}Z`;
}

/** `2026-11-20T21:57:03`, of seconds since 1970. */
export function formatSecond(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 19);
}

/**
 * Nanoseconds since 1970 of an RFC 3339 text; digits beyond nanoseconds are ignored. `undefined` when it is not one.
 * A leap second (`:60`) is not accepted: the count of nanoseconds has no place for it.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  if (text.charAt(4) !== "-" || text.charAt(7) !== "-" || text.charAt(13) !== ":" || text.charAt(16) !== ":")
    return undefined;
  if (!"Tt ".includes(text.charAt(10))) return undefined;

  let at = 19;
  let nanos = 0;
  if (text.charAt(at) === ".") {
    at += 1;
    let scale = 100_000_000;
    const start = at;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      nanos += digit * scale;
      scale = Math.trunc(scale / 10);
    }
    if (at === start) return undefined;
  }
  const offset = zoneSeconds(text, at);
  if (offset === undefined) return undefined;
  const seconds = daysFromCivil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos);
}

function zoneSeconds(text: string, at: number): number | undefined {
  const sign = text.charAt(at);
  if (sign === "Z" || sign === "z") return text.length === at + 1 ? 0 : undefined;
  if (sign !== "+" && sign !== "-") return undefined;
  const hours = digitsAt(text, at + 1, 2);
  const minutes = digitsAt(text, at + 4, 2);
  if (text.length !== at + 6 || text.charAt(at + 3) !== ":") return undefined;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (sign === "+" ? 1 : -1) * (hours * 3600 + minutes * 60);
}

function inRange(nanos: bigint): boolean {
  return nanos >= BigInt(FIRST_SECOND) * NANOS_PER_SECOND && nanos < BigInt(LAST_SECOND + 1) * NANOS_PER_SECOND;
}

/** The number that `count` digits at `at` stand for; -1 when one of them is no digit. */
function digitsAt(text: string, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March so that the leap day is last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
