import { formatSecond } from "./timestamp.ts";

/** "000" to "999". */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, "0"));

/** Writes the clock's time. Keeps the text of the second, which is the costly part and the same for many events. */
export class TimeStamp {
  #second = Number.NaN;
  #text = "";

  /** `"time":"2026-11-20T21:57:03.123456`, of microseconds since 1970. Throws a `RangeError` when they are no time. */
  begin(micros: number): string {
    const second = Math.floor(micros / 1_000_000);
    if (second !== this.#second) {
      this.#text = `"time":"${formatSecond(second)}.`;
      this.#second = second;
    }
    const fraction = Math.trunc(micros - second * 1_000_000);
    const ms = Math.trunc(fraction / 1000);
    return this.#text + ((THREE_DIGITS[ms] ?? "") + (THREE_DIGITS[fraction - ms * 1000] ?? ""));
  }
}
