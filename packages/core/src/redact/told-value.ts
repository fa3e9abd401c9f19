import { ALNUM, BASE64_SIGN, BASE64_URL, BLANK, DIGIT, DOT, EQUALS, TILDE, VALUE_END } from "./character-class.ts";
import { isSlug } from "./harmless-value.ts";
import { skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isPath } from "./value-judgement.ts";

/** Where a key or a password is in a message that says which one was sent. */
export interface ToldValue {
  readonly start: number;
  readonly end: number;
}

/** Shorter ones are words, versions and numbers. */
const MIN_KEY = 16;

/** What services say of what they were sent: `Incorrect API key provided: x`. */
const TELLING_WORDS: readonly string[] = ["provided", "supplied", "given", "passed", "received", "used"];

const BEGINNINGS: ReadonlySet<number> = new Set(TELLING_WORDS.map((word) => word.charCodeAt(0)));

/**
 * The value behind `API key provided: `, whose name ends at `nameEnd`: one piece of letters, digits and signs that keys have, with both letters and digits.
 * `undefined` where the words, or what follows, are others: prose has much the same.
 */
export function toldValue(scan: Scan, nameEnd: number): ToldValue | undefined {
  const at = nameEnd + 1;
  if (!scan.is(nameEnd, BLANK) || !BEGINNINGS.has(scan.code(at))) return undefined;
  const word = TELLING_WORDS.find((each) => scan.startsWith(each, at));
  if (word === undefined || scan.code(at + word.length) !== COLON) return undefined;
  const start = skipQuote(scan, scan.skip(at + word.length + 1, BLANK, MAX_BLANKS));
  let end = scan.skip(start, KEY, scan.text.length);
  while (end > start && scan.is(end - 1, DOT)) end--; // a full stop behind it
  const isWhole = scan.code(end) < 0 || scan.is(end, VALUE_END | DOT);
  return isWhole && isKey(scan, start, end) ? { start, end } : undefined;
}

function isKey(scan: Scan, start: number, end: number): boolean {
  const length = end - start;
  if (length < MIN_KEY || isPath(scan, start, end) || isSlug(scan, start, end)) return false;
  const letters = scan.skip(start, KEY & ~DIGIT, length);
  return letters < end && scan.skip(start, KEY & ~(ALNUM & ~DIGIT), length) < end;
}

const MAX_BLANKS = 8;
const KEY: number = BASE64_URL | BASE64_SIGN | DOT | EQUALS | TILDE;
const COLON = 0x3a;
