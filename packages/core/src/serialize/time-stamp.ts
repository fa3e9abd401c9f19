import { flatCopy } from "./write-string.ts";
import { formatSecond } from "./timestamp.ts";

/** "000" to "999". */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, "0"));

/** Writes the clock's time. Keeps the text of the millisecond, which is the same for many events where they are many. */
export class TimeStamp {
  #second = Number.NaN;
  #text = "";
  #ms = -1;
  #textOfMs = "";

  /** `"time":"2026-11-20T21:57:03.123456`, of microseconds since 1970. Throws a `RangeError` when they are no time. */
  begin(micros: number): string {
    const second = Math.floor(micros / 1_000_000);
    if (second !== this.#second) {
      this.#text = `"time":"${formatSecond(second)}.`;
      this.#second = second;
      this.#ms = -1;
    }
    const fraction = Math.trunc(micros - second * 1_000_000);
    const ms = Math.trunc(fraction / 1000);
    const digits = THREE_DIGITS[ms] ?? "";
    const rest = THREE_DIGITS[fraction - ms * 1000] ?? "";
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#textOfMs = "";
      return this.#text + (digits + rest);
    }
    // Worth a copy from the second event of the millisecond on.
    if (this.#textOfMs === "") this.#textOfMs = flatCopy(this.#text + digits);
    return this.#textOfMs + rest;
  }
}
