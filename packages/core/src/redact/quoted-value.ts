import { LINE_END, WHITE } from "./character-class.ts";
import type { NameClass } from "./key-rules.ts";
import { isQuote, quotedEnd } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isNoSecret, looksSecret } from "./value-judgement.ts";

/** Blanks and line ends between three quotes and what they hold. */
const MAX_WHITE = 96;

/** The `b` of `b'…'`, the `u` of `u"…"`. */
export function skipPrefix(scan: Scan, at: number): number {
  const code = scan.code(at) | 0x20;
  return (code === 0x62 || code === 0x75 || code === 0x72) && isQuote(scan.code(at + 1)) ? at + 1 : at;
}

/** Reports the value whose quote, with its backslashes, begins at `opened` and ends before `inside`. */
export function matchQuoted(scan: Scan, opened: number, inside: number, nameClass: NameClass): boolean {
  const quote = scan.code(inside - 1);
  let open = opened;
  let start = inside;
  for (; start === open + 1 && scan.code(start) === quote && scan.code(start + 1) === quote; start += 2) {
    if (scan.is(start + 2, LINE_END)) return matchLines(scan, start + 2, quote);
    open += 2;
  }
  scan.steps += start - inside;
  const first = scan.code(start);
  if (first === 0x2c || first === 0x7d || first === 0x5d || first === 0x29) return false; // the quote closed the text that the name stood in
  const end = quotedEnd(scan, start, start - open - 1, quote);
  if (end <= start || scan.labelEnd(start) === end || isNoSecret(scan, start, end)) return false;
  if (nameClass === "query" || (nameClass === "cautious" && !looksSecret(scan, start, end))) return false;
  return scan.found(start, end);
}

/** The lines between three quotes; where they were cut off, to the end of the text. */
function matchLines(scan: Scan, from: number, quote: number): boolean {
  const start = scan.skip(from, WHITE, MAX_WHITE);
  const close = scan.text.indexOf(String.fromCharCode(quote).repeat(3), start);
  const end = close < 0 ? scan.text.length : close;
  scan.steps += end - start;
  return end > start && scan.labelEnd(start) !== end && scan.found(start, end);
}
