import type { Limits } from "../limits.ts";
import { cut, cutRedacted } from "./cut-text.ts";
import type { CutCounts } from "./cut-counts.ts";
import type { GuardedRedactor } from "./guarded-redactor.ts";
import { isPlain, quote } from "./write-string.ts";

/** Bits of the longest bigint that is written as a number; more digits than these no reader takes. */
const MAX_BIGINT_BITS = 13_000;
/** Numbers from here on have as many digits as the shortest card number, and are looked at as text. */
const LONG_NUMBER = 1e12;
/** The most that escaping makes of one code unit: `\u0000`. */
const MOST_ESCAPED = 6;
/** Of as many thousandths a number is written from its digits: durations mostly are. */
const MAX_THOUSANDTHS = 1e9;
/** `.5` at 500: of thousandths. */
const FRACTIONS: (string | undefined)[] = Array.from({ length: 1000 });
/** Room for quotes and for the mark of a cut. */
const CUT_ROOM = 48;

/** Writes the values that have no others inside: text, numbers, bytes. Knows how long the line may become. */
export class LeafWriter {
  readonly #maxStringLength: number;
  readonly #redactor: GuardedRedactor | undefined;
  readonly #counts: CutCounts;
  /** Whether the redactor has seen, as it looked at the last text, that nothing in it is to be escaped. */
  #isKnownPlain = false;
  /** Code units that the line may have. */
  max = 0;
  /** Whether values are written as they are, because their path is allowed. */
  isExempt = false;

  constructor(limits: Limits, redactor: GuardedRedactor | undefined, counts: CutCounts) {
    this.#maxStringLength = limits.maxStringLength;
    this.#redactor = redactor;
    this.#counts = counts;
  }

  /** Text as it may be written, not yet escaped. */
  safe(text: string): string {
    return this.short(text, this.#maxStringLength);
  }

  /** Whether what `safe` gave last can stand between quotes as it is. */
  isPlain(safe: string): boolean {
    return this.#isKnownPlain || isPlain(safe);
  }

  /** Text as JSON, as it may be written and no longer than the line has room for. */
  json(text: string, at: number): string {
    const safe = this.safe(text);
    const room = this.max - at;
    return this.#isKnownPlain && safe.length + 2 <= room ? `"${safe}"` : this.text(safe, at);
  }

  /** Text as it may be written, of no more than so many code units and a mark. */
  short(text: string, maxLength: number): string {
    this.#isKnownPlain = false;
    if (text.length > maxLength) {
      this.#counts.string += 1;
      return cutRedacted(text, maxLength, this.#active);
    }
    if (this.#redactor === undefined || this.isExempt) return text;
    const safe = this.#redactor.text(text);
    this.#isKnownPlain = this.#redactor.isPlain;
    return safe;
  }

  /** Redacted text, no longer than a text may be. */
  bounded(safe: string): string {
    if (safe.length <= this.#maxStringLength) return safe;
    this.#counts.string += 1;
    return cut(safe, this.#maxStringLength, safe.length);
  }

  /** Redacted text that fits into the line at `at`, cut where it must be; `undefined` when there is no room for any of it. */
  fitting(text: string, at: number): string | undefined {
    const room = this.max - at - CUT_ROOM;
    if (text.length * MOST_ESCAPED <= room || quote(text).length <= room) return text;
    if (room < CUT_ROOM) return undefined;
    this.#counts.event += 1;
    const length = isPlain(text) ? room : Math.trunc(room / MOST_ESCAPED);
    return cut(text, length, text.length);
  }

  /** Redacted text as JSON, no longer than the line has room for. */
  text(safe: string, at: number): string {
    const json = quote(safe);
    return at + json.length <= this.max ? json : quote(this.fitting(safe, at) ?? cut(safe, 0, safe.length));
  }

  get #active(): GuardedRedactor | undefined {
    return this.isExempt ? undefined : this.#redactor;
  }

  number(value: number): string {
    if (this.#redactor !== undefined && !this.isExempt && (value >= LONG_NUMBER || value <= -LONG_NUMBER)) {
      const digits = `${value}`;
      const safe = this.#redactor.text(digits);
      if (safe !== digits) return quote(safe);
    }
    return numberJson(value);
  }

  bigint(value: bigint, at: number): string {
    if (BigInt.asIntN(MAX_BIGINT_BITS, value) !== value) {
      this.#counts.string += 1;
      return `"[bigint of more than ${MAX_BIGINT_BITS} bits]"`;
    }
    const digits = `${value}`;
    const safe = this.#active?.text(digits) ?? digits;
    if (safe !== digits || at + digits.length + CUT_ROOM > this.max) return this.text(safe, at);
    return isSafe(value) ? digits : `{"$int":"${digits}"}`;
  }

  /** `start` and after it a text that character codes spell, where that holds a secret; with `inMap` as the one entry of a map. */
  spelled(codes: string | undefined, start: string, inMap: boolean): string | undefined {
    if (codes === undefined || this.#redactor === undefined) return undefined;
    const safe = this.safe(codes);
    if (safe === codes) return undefined;
    const json = this.text(safe, start.length);
    return start + (inMap ? `{"value":${json}}` : json);
  }

  /** Base64, or text where the bytes are text that holds a secret. */
  bytes(bytes: Buffer, at: number): string {
    if (bytes.length > this.#maxStringLength) {
      this.#counts.string += 1;
      return `"...[truncated ${bytes.length} bytes]"`;
    }
    if (at + (bytes.length * 4) / 3 + CUT_ROOM > this.max) {
      this.#counts.event += 1;
      return `"...[truncated ${bytes.length} bytes]"`;
    }
    const safe = this.#active === undefined ? undefined : redactedBytes(bytes, this.#active);
    if (safe !== undefined) return this.text(safe, at);
    return `{"$bytes":"${bytes.toString("base64")}"}`;
  }
}

/**
 * The bytes as redacted text, where they are text that holds a secret. Every other byte zero is UTF-16, as Windows and Java have it.
 */
function redactedBytes(bytes: Buffer, redactor: GuardedRedactor): string | undefined {
  const isWide = bytes.length > 3 && (bytes[0] === 0) !== (bytes[1] === 0) && (bytes[2] === 0) !== (bytes[3] === 0);
  const text = isWide ? wideText(bytes) : bytes.toString("utf8");
  const safe = redactor.text(text);
  return safe === text ? undefined : safe;
}

function wideText(bytes: Buffer): string {
  return bytes[0] === 0
    ? Buffer.from(bytes.subarray(0, bytes.length & ~1))
        .swap16()
        .toString("utf16le")
    : bytes.toString("utf16le");
}

/** A number as JSON: an integer as digits, a double with a fraction or an exponent, and what JSON cannot say as a tag. */
function numberJson(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '{"$double":"-0"}' : `${value}`;
  if (!Number.isFinite(value)) return `{"$double":"${value}"}`;
  const thousandths = Math.abs(value * 1000);
  if (
    thousandths < MAX_THOUSANDTHS &&
    Math.trunc(thousandths) === thousandths &&
    thousandths / 1000 === Math.abs(value)
  )
    return thousandthsText(value < 0, thousandths);
  // Beyond 2^53 plain digits would be read as an int64.
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? value.toExponential() : `${value}`;
}

/**
 * What JavaScript writes for so many thousandths, in a quarter to half of the time: of so few digits only one decimal number is nearest to a double, and no
 * shorter one can be.
 */
function thousandthsText(isNegative: boolean, thousandths: number): string {
  const whole = Math.trunc(thousandths / 1000);
  const rest = thousandths - whole * 1000;
  const fraction = (FRACTIONS[rest] ??= `${rest / 1000}`.slice(1));
  return isNegative ? `-${whole}${fraction}` : `${whole}${fraction}`;
}

/** A number that is a double whatever its value: `1` is tagged. */
export function doubleJson(value: number): string {
  return Number.isSafeInteger(value) ? `{"$double":"${Object.is(value, -0) ? "-0" : value}"}` : numberJson(value);
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}
