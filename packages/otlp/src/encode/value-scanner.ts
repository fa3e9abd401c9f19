import type { ValueWriter } from "./record-writer.ts";
import { NOT_A_LINE, numberEnd, type TextScanner } from "./scan-text.ts";

/** Nested deeper than the reader of lines goes. */
export const MAX_DEPTH = 1000;
/** Of so many digits every number is exact as a double, and so is a power of ten of so many zeros: their quotient is rounded once, as it should be. */
const EXACT_DIGITS = 15;
const POWERS: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, zeros) => 10 ** zeros);
const DOLLAR = 36;
const QUOTE = 34;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INTEGER = /^-?(?:0|[1-9][0-9]{0,4095})$/;
const DOUBLE = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|NaN|-?Infinity)$/;
const ESCAPED_TAG = /^\$\$+(?:bytes|int|double)$/;

/**
 * Reads the values of a line and tells a writer of them as AnyValues, with the tags of the on-disk format read as what they stand for.
 * Source: docs/reference/format.md, "Values".
 */
export class ValueScanner {
  readonly #in: TextScanner;
  readonly #out: ValueWriter;

  constructor(input: TextScanner, out: ValueWriter) {
    this.#in = input;
    this.#out = out;
  }

  /** Takes the next value, which may be nested so deep. */
  value(depth: number): void {
    const input = this.#in;
    const byte = input.peek();
    switch (byte) {
      case QUOTE:
        input.string();
        this.#out.string(input.from, input.to, input.escaped);
        return;
      case 123:
        if (depth === 0) throw NOT_A_LINE;
        if (this.#tag()) return;
        this.#out.beginMap();
        this.entries(depth);
        this.#out.endMap();
        return;
      case 91:
        this.#list(depth);
        return;
      case 116:
        input.word("true");
        this.#out.bool(true);
        return;
      case 102:
        input.word("false");
        this.#out.bool(false);
        return;
      case 110:
        input.word("null");
        this.#out.nothing();
        return;
      default:
        this.#number();
    }
  }

  /** Takes a map that is no tag itself, entry by entry. */
  entries(depth: number): void {
    const input = this.#in;
    const out = this.#out;
    input.take(123);
    if (input.peek() === 125) {
      input.at += 1;
      return;
    }
    let cut = this.#isEscapedTag(depth) ? 1 : 0;
    for (;;) {
      input.string();
      const { from, to, escaped } = input;
      input.take(58);
      if (input.peek() === QUOTE) this.#textEntry(from + cut, to, escaped);
      else {
        out.beginEntry(from + cut, to, escaped);
        this.value(depth - 1);
        out.endEntry();
      }
      cut = 0;
      if (input.peek() === 125) break;
      input.take(44);
    }
    input.at += 1;
  }

  #textEntry(keyFrom: number, keyTo: number, isKeyEscaped: boolean): void {
    const input = this.#in;
    const out = this.#out;
    input.string();
    const { from, to, escaped } = input;
    if (!isKeyEscaped && !escaped) return out.textEntry(keyFrom, keyTo, from, to);
    out.beginEntry(keyFrom, keyTo, isKeyEscaped);
    out.string(from, to, escaped);
    return out.endEntry();
  }

  #list(depth: number): void {
    if (depth === 0) throw NOT_A_LINE;
    const input = this.#in;
    const out = this.#out;
    input.at += 1;
    out.beginList();
    if (input.peek() !== 93) {
      for (;;) {
        out.beginItem();
        this.value(depth - 1);
        out.endItem();
        if (input.peek() === 93) break;
        input.take(44);
      }
    }
    input.at += 1;
    out.endList();
  }

  /** Takes the map at hand if it is a tag; else nothing is taken. */
  #tag(): boolean {
    const input = this.#in;
    const { bytes } = input.text;
    const start = input.at;
    input.at += 1;
    if (input.peek() === QUOTE && bytes[input.at + 1] === DOLLAR) {
      input.string();
      const key = input.text.ascii(input.from, input.to);
      input.take(58);
      if (input.peek() === QUOTE) {
        input.string();
        const { from, to, escaped } = input;
        if (!escaped && input.peek() === 125 && this.#tagged(key, from, to)) {
          input.at += 1;
          return true;
        }
      }
    }
    input.at = start;
    return false;
  }

  #tagged(key: string, from: number, to: number): boolean {
    if (key !== "$bytes" && key !== "$int" && key !== "$double") return false;
    const text = this.#in.text.ascii(from, to);
    if (key === "$bytes") {
      if (!BASE64.test(text)) return false;
      this.#out.bytes64(from, to);
    } else if (key === "$int") {
      if (!INTEGER.test(text)) return false;
      this.#integer(text);
    } else {
      if (!DOUBLE.test(text)) return false;
      this.#out.double(Number(text));
    }
    return true;
  }

  /** Whether the map at hand, whose brace is taken, has one key alone, and that is a tag's with one more `$`. */
  #isEscapedTag(depth: number): boolean {
    const input = this.#in;
    const start = input.at;
    if (input.text.bytes[start + 1] !== DOLLAR || input.text.bytes[start + 2] !== DOLLAR) return false;
    input.string();
    const isTag = ESCAPED_TAG.test(input.text.ascii(input.from, input.to));
    let isOnly = false;
    if (isTag) {
      input.take(58);
      input.skip(depth);
      isOnly = input.peek() === 125;
    }
    input.at = start;
    return isOnly;
  }

  #number(): void {
    const input = this.#in;
    const { bytes } = input.text;
    const start = input.at;
    const isNegative = bytes[start] === 45;
    let i = isNegative ? start + 1 : start;
    const first = i;
    let value = 0;
    for (;;) {
      const digit = (bytes[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      i += 1;
    }
    const next = bytes[i] ?? 0;
    if (next === 46 && this.#decimal(value, first, i, isNegative)) return;
    const isPlain = next !== 46 && next !== 101 && next !== 69 && (bytes[first] !== 48 || i === first + 1);
    if (isPlain && i > first && i - first <= EXACT_DIGITS) {
      input.at = i;
      if (value !== 0 || !isNegative) return this.#out.int(isNegative ? -value : value);
      return this.#out.double(-0);
    }
    const end = numberEnd(bytes, start);
    const text = input.text.ascii(start, end);
    input.at = end;
    if (isPlain) return this.#integer(text);
    this.#double(Number(text));
  }

  /** Takes a number of few digits with a point behind those that were read already; false for one that is longer, or has an exponent. */
  #decimal(whole: number, first: number, point: number, isNegative: boolean): boolean {
    const { bytes } = this.#in.text;
    let value = whole;
    let i = point + 1;
    for (;;) {
      const digit = (bytes[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      i += 1;
    }
    const isWellFormed = point > first && (bytes[first] !== 48 || point === first + 1) && i > point + 1;
    if (!isWellFormed || i - first - 1 > EXACT_DIGITS || bytes[i] === 101 || bytes[i] === 69) return false;
    this.#in.at = i;
    const double = value / (POWERS[i - point - 1] ?? 1);
    this.#double(isNegative ? -double : double);
    return true;
  }

  /** As the reader of lines has it: what is integral and safe is an integer. */
  #double(double: number): void {
    if (Number.isSafeInteger(double) && !Object.is(double, -0)) this.#out.int(double);
    else this.#out.double(double);
  }

  /** An integer of any length. What 64 bits do not hold stays text: OTLP has no number for it. */
  #integer(text: string): void {
    const number = Number(text);
    if (Number.isSafeInteger(number)) return this.#out.int(number + 0);
    const long = BigInt(text);
    if (BigInt.asIntN(64, long) === long) this.#out.long(long);
    else this.#out.plainText(text);
  }
}
