import { ALPHA, DIGIT, WHITE } from "./character-class.ts";
import type { NamedValue } from "./harmless-value.ts";
import { COUNTED, isCounter } from "./no-value.ts";
import { isQuote, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";

const MAX_WORD = 24;
const MAX_BACKSLASHES = 8;

/** Whether a value without quotes is the number of tests that passed: right beside it stands that of those that did not (`pass: 1042, fail: 3`). */
export function isCountInText(scan: Scan, { name, nameStart, start, end }: NamedValue): boolean {
  if (name.toLowerCase() !== COUNTED || scan.skip(start, DIGIT, end - start) < end) return false;
  return isCounterBehind(scan, end) || isCounterBefore(scan, nameStart);
}

/** `, "fail": 3` */
function isCounterBehind(scan: Scan, end: number): boolean {
  const sign = scan.skip(end, WHITE, MAX_WORD);
  const next = scan.skip(isComma(scan.code(sign)) ? sign + 1 : sign, WHITE, MAX_WORD);
  const start = skipQuote(scan, next);
  const wordEnd = scan.skip(start, ALPHA, MAX_WORD);
  const joint = scan.skip(start > next ? skipQuote(scan, wordEnd) : wordEnd, WHITE, MAX_WORD);
  const value = scan.skip(joint + 1, WHITE, MAX_WORD);
  return isJoint(scan.code(joint)) && scan.is(value, DIGIT) && isCounter(scan.text.slice(start, wordEnd));
}

/** `"fail": 3, ` */
function isCounterBefore(scan: Scan, nameStart: number): boolean {
  const sign = scan.skipBack(beforeQuote(scan, nameStart), WHITE, MAX_WORD);
  const end = scan.skipBack(isComma(scan.code(sign - 1)) ? sign - 1 : sign, WHITE, MAX_WORD);
  const value = scan.skipBack(end, DIGIT, MAX_WORD);
  const joint = scan.skipBack(value, WHITE, MAX_WORD) - 1;
  if (value === end || !isJoint(scan.code(joint))) return false;
  const wordEnd = beforeQuote(scan, scan.skipBack(joint, WHITE, MAX_WORD));
  return isCounter(scan.text.slice(scan.skipBack(wordEnd, ALPHA, MAX_WORD), wordEnd));
}

/** Before the quote that ends at `at`, with its backslashes; `at` where there is none. */
function beforeQuote(scan: Scan, at: number): number {
  if (!isQuote(scan.code(at - 1))) return at;
  let i = at - 1;
  while (scan.code(i - 1) === 0x5c && at - i < MAX_BACKSLASHES) i--;
  return i;
}

/** `,` or `;` */
function isComma(code: number): boolean {
  return code === 0x2c || code === 0x3b;
}

/** `:` or `=` */
function isJoint(code: number): boolean {
  return code === 0x3a || code === 0x3d;
}
