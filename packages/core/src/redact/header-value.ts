import { LINE_END } from "./character-class.ts";
import { isQuote, quotedEnd } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";

/**
 * Where the value of a header in text ends: with its line, also where the line's end is escaped, or at the quote that encloses the
 * header. Quotes after `=` belong to the value.
 */
export function headerEnd(scan: Scan, from: number): number {
  let i = from;
  for (;;) {
    const code = scan.code(i);
    if (code < 0 || scan.is(i, LINE_END)) break;
    if (code !== BACKSLASH && !isQuote(code)) {
      i++;
      continue;
    }
    let quote = i;
    while (scan.code(quote) === BACKSLASH && quote - i < 64) quote++;
    if (!isQuote(scan.code(quote)) || scan.code(i - 1) !== EQUALS || i === from) break;
    const end = quotedEnd(scan, quote + 1, quote - i, scan.code(quote));
    i = end + (quote - i) + 1;
  }
  scan.steps += Math.max(0, i - from);
  return Math.min(i, scan.text.length);
}

const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
