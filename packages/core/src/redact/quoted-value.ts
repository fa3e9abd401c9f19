import { ALPHA, BLANK, DIGIT, HYPHEN, LINE_END, UNDERSCORE, WHITE } from "./character-class.ts";
import type { NameClass } from "./key-rules.ts";
import { wordEnd } from "./nested-value.ts";
import { isQuote, quotedEnd, type Separator, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isNoSecret, looksSecret } from "./value-judgement.ts";

/** Blanks and line ends between three quotes and what they hold. */
const MAX_WHITE = 96;

/** The `b` of `b'…'`, the `u` of `u"…"`; the `Some(` of Rust, the `string(12) ` of PHP's `var_dump`. */
export function skipPrefix(scan: Scan, at: number): number {
  const code = scan.code(at) | 0x20;
  if ((code === 0x62 || code === 0x75 || code === 0x72) && isQuote(scan.code(at + 1))) return at + 1;
  if (code !== 0x73) return at;
  const open = scan.startsWithExactly("Some(", at) ? at + "Some(".length : skipLength(scan, at);
  return skipQuote(scan, open) > open ? open : at;
}

function skipLength(scan: Scan, at: number): number {
  if (!scan.startsWithExactly("string(", at)) return at;
  const close = scan.skip(at + "string(".length, DIGIT, 10);
  return scan.code(close) === PAREN_CLOSE && scan.is(close + 1, BLANK) ? close + 2 : at;
}

/** Past the tag and the anchor that YAML may have before a value, one word or a quoted text: `!!str x`, `&a x`. A password may begin with such signs. */
export function pastProperties(scan: Scan, separator: Separator): Separator {
  const { joint, end: at, quote } = separator;
  if (joint !== "loose") return separator;
  let end = at;
  for (let n = 0; n < 2; n++) {
    const isTag = scan.code(end) === BANG && scan.code(end + 1) === BANG;
    if (!isTag && (scan.code(end) !== AMPERSAND || scan.startsWithExactly("&mut ", end))) break; // a type of Rust
    const name = end + (isTag ? 2 : 1);
    const close = scan.skip(name, ALPHA | UNDERSCORE | HYPHEN, MAX_PROPERTY);
    if (close === name || !scan.is(close, BLANK)) break;
    end = scan.skip(close, BLANK, MAX_WHITE);
  }
  const isValue = end > at && (isQuote(scan.code(end)) || scan.code(end) === PIPE || wordEnd(scan, end) > 0);
  return { joint, end: isValue ? end : at, quote };
}

const MAX_PROPERTY = 64;
const BANG = 0x21;
const AMPERSAND = 0x26;
const PAREN_CLOSE = 0x29;
const PIPE = 0x7c;

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
