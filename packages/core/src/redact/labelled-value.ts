import { WHITE } from "./character-class.ts";
import { type Separator, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";

/**
 * Whether the value behind a separator is a label and nothing else: in quotes that are closed behind it, or bare before a blank, a line's end or the
 * text's. Whatever the name is, nothing is left to be found there; in a text that was redacted before, that is every secret's place.
 */
export function isLabelAlone(scan: Scan, { joint, end, quote }: Separator): boolean {
  if (joint !== "tight" && joint !== "loose") return false;
  const start = skipQuote(scan, end);
  if (scan.code(start) !== SQUARE_OPEN) return false;
  const label = scan.labelEnd(start);
  if (label < 0) return false;
  if (start === end) return quote === "" && (scan.code(label) < 0 || scan.is(label, WHITE));
  // The quote that opens it has as many backslashes as the one that closes it.
  const backslashes = start - end - 1;
  let close = label;
  while (scan.code(close) === BACKSLASH && close - label < backslashes) close++;
  const sign = scan.code(start - 1);
  return close - label === backslashes && scan.code(close) === sign && scan.code(close + 1) !== sign;
}

const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
