import { parseTimestamp } from "@plumbline/core";
import type { LineText } from "./line-text.ts";

const TWO_32 = 2 ** 32;
const SECOND_DIGITS = 19;

/**
 * Reads times of lines into 64 bits of nanoseconds, as two halves: no bigint is made for a time in our own form. The second is kept: it is
 * the costly part and the same for many events. What 64 bits do not hold, before 1970 and after 2554, becomes 0, which OTLP reads as unknown.
 */
export class NanosReader {
  low = 0;
  high = 0;
  readonly #text: LineText;
  readonly #second = new Uint8Array(SECOND_DIGITS);
  #secondLow = 0;
  #secondHigh = 0;

  constructor(text: LineText) {
    this.#text = text;
  }

  /** Reads the time in these bytes; false when it is none. */
  read(from: number, to: number): boolean {
    const { bytes } = this.#text;
    const digits = to - from - SECOND_DIGITS - 2;
    if ((digits !== 6 && digits !== 9) || bytes[to - 1] !== 90 || bytes[from + SECOND_DIGITS] !== 46) {
      return this.#readAny(from, to);
    }
    let nanos = 0;
    for (let i = from + SECOND_DIGITS + 1; i < to - 1; i++) {
      const digit = (bytes[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) return false;
      nanos = nanos * 10 + digit;
    }
    if (digits === 6) nanos *= 1000;
    if (!this.#isKnownSecond(from) && !this.#readSecond(from)) return false;
    if (this.#secondHigh === 0 && this.#secondLow === 0) {
      // 1970-01-01T00:00:00, or a time that has no place.
      return this.#readAny(from, to);
    }
    const low = this.#secondLow + nanos;
    this.low = low >>> 0;
    this.high = this.#secondHigh + (low >= TWO_32 ? 1 : 0);
    if (this.high >= TWO_32) this.low = this.high = 0; // within the last second that 64 bits hold, and beyond them
    return true;
  }

  #isKnownSecond(from: number): boolean {
    const { bytes } = this.#text;
    const second = this.#second;
    for (let i = SECOND_DIGITS - 1; i >= 0; i--) if (second[i] !== bytes[from + i]) return false;
    return true;
  }

  #readSecond(from: number): boolean {
    const nanos = parseTimestamp(`${this.#text.ascii(from, from + SECOND_DIGITS)}Z`);
    if (nanos === undefined) return false;
    this.#second.set(this.#text.bytes.subarray(from, from + SECOND_DIGITS));
    this.#split(nanos);
    this.#secondLow = this.low;
    this.#secondHigh = this.high;
    return true;
  }

  #readAny(from: number, to: number): boolean {
    const nanos = parseTimestamp(this.#text.ascii(from, to));
    if (nanos !== undefined) this.#split(nanos);
    return nanos !== undefined;
  }

  #split(nanos: bigint): void {
    const held = BigInt.asUintN(64, nanos) === nanos ? nanos : 0n;
    this.low = Number(held & 0xffffffffn);
    this.high = Number(held >> 32n);
  }
}
