import type { TimeInput } from "@plumbline/core";

/** ISO 8601 as loggers write it: `T` or a blank, point or comma, a zone or none. */
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?\s?(Z|z|[+-]\d{2}:?\d{2})?$/;

/** Bounds between the units of a number that counts since 1970: seconds until the year 5138, milliseconds, microseconds, nanoseconds. */
const SECONDS_BELOW = 1e11;
const MILLISECONDS_BELOW = 1e14;
const MICROSECONDS_BELOW = 1e17;
/** Times before 2001 as a number are a count of something else. */
const EARLIEST_SECONDS = 1e9;

/**
 * A time as loggers write it, with the digits it was given with; `undefined` when it is none. A number counts seconds, milliseconds, microseconds
 * or nanoseconds since 1970, told apart by size. A text without a zone is local time (ISO 8601).
 */
export function toTime(value: unknown): TimeInput | undefined {
  if (typeof value === "number" || typeof value === "bigint") return fromNumber(value);
  if (typeof value !== "string") return undefined;
  if (/^\d{10,19}$/.test(value)) return fromNumber(BigInt(value));
  return fromText(value);
}

function fromNumber(value: number | bigint): bigint | undefined {
  const size = Number(value);
  if (!Number.isFinite(size) || size < EARLIEST_SECONDS || size >= 1e19) return undefined;
  // The fraction of a double holds micros at best, for seconds with a fraction (zap) as for milliseconds.
  if (size < SECONDS_BELOW) return BigInt(Math.round(size * 1e6)) * 1000n;
  if (size < MILLISECONDS_BELOW) return BigInt(Math.round(size * 1e3)) * 1000n;
  const whole = typeof value === "number" ? BigInt(Math.round(value)) : value;
  return size < MICROSECONDS_BELOW ? whole * 1000n : whole;
}

function fromText(text: string): bigint | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, day = "", clock = "", fraction = "", zone = ""] = match;
  const isoZone = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const wholeMs = Date.parse(`${day}T${clock}${isoZone}`);
  return Number.isNaN(wholeMs) ? undefined : BigInt(wholeMs) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
