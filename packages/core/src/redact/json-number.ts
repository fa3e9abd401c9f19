import { BLANK } from "./character-class.ts";
import { isQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";

const MAX_BLANKS = 8;
const MAX_BACKSLASHES = 63;

/**
 * The quotes that a label needs in the place of a number, so that JSON stays JSON: those of the name before it; plain ones in an array of a
 * text that is JSON as a whole; none elsewhere.
 */
export function jsonQuote(scan: Scan, start: number, end: number): string {
  const after = scan.code(scan.skip(end, BLANK, MAX_BLANKS));
  if (after !== COMMA && after !== CURLY_CLOSE && after !== SQUARE_CLOSE) return "";
  const before = scan.skipBack(start, BLANK, MAX_BLANKS);
  const sign = scan.code(before - 1);
  if (sign === COLON) return quoteBefore(scan, scan.skipBack(before - 1, BLANK, MAX_BLANKS));
  const first = scan.text.charCodeAt(0);
  const isJson = first === CURLY_OPEN || first === SQUARE_OPEN;
  return isJson && (sign === COMMA || sign === SQUARE_OPEN) && after !== CURLY_CLOSE ? '"' : "";
}

/** The quote that ends at `at`, with its backslashes. */
function quoteBefore(scan: Scan, at: number): string {
  if (!isQuote(scan.code(at - 1))) return "";
  let start = at - 1;
  while (scan.code(start - 1) === BACKSLASH && at - start <= MAX_BACKSLASHES) start--;
  scan.steps += at - start;
  return scan.text.slice(start, at);
}

const COMMA = 0x2c;
const COLON = 0x3a;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
