import { ALNUM, BLANK, HYPHEN, LINE_END, LOWER, UPPER, WHITE } from "./character-class.ts";
import { isQuote, quotedEnd, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { looksSecret } from "./value-judgement.ts";

/** Where the object or array that begins at `start` ends, or -1 when it does not. Quotes have `backslashes` in front of them. */
export function nestedEnd(scan: Scan, start: number, backslashes: number): number {
  if (scan.isUnbalanced) return -1;
  let depth = 0;
  let i = start;
  for (; ; i++) {
    const code = scan.code(i);
    if (code < 0) break;
    if (code === CURLY_OPEN || code === SQUARE_OPEN) depth++;
    else if (code === CURLY_CLOSE || code === SQUARE_CLOSE) {
      depth--;
      if (depth === 0) {
        scan.steps += i - start;
        return i + 1;
      }
    } else if (code === QUOTE || code === BACKSLASH) {
      const open = skipQuote(scan, i);
      if (open > i && open - i - 1 === backslashes) i = quotedEnd(scan, open, backslashes, QUOTE) + backslashes;
      else if (open > i) i = open - 1;
    }
  }
  scan.steps += i - start;
  scan.isUnbalanced = true; // what begins further on does not end either: no second look
  return -1;
}

/**
 * Where a YAML block (`|` or `>`, and indented lines below) ends that begins at `start`; -1 when none does. Its lines are those that begin
 * with a blank.
 */
export function blockEnd(scan: Scan, start: number): number {
  const sign = scan.code(start);
  if (sign !== PIPE && sign !== GREATER) return -1;
  let i = scan.skip(start + 1, ALNUM | HYPHEN, 4);
  if (scan.code(i) !== LINE_FEED || !scan.is(i + 1, BLANK)) return -1;
  while (scan.code(i) === LINE_FEED && scan.is(i + 1, BLANK)) {
    const end = scan.text.indexOf("\n", i + 1);
    scan.steps += (end < 0 ? scan.text.length : end) - i;
    i = end < 0 ? scan.text.length : end;
  }
  return i;
}

/**
 * Where what was cut off ends that begins at `start`: an object or array without an end. Its lines go on with a blank, a quote or a
 * bracket.
 */
export function cutOffEnd(scan: Scan, start: number): number {
  let i = start;
  for (; ; i++) {
    const code = scan.code(i);
    if (code < 0) break;
    if (code !== LINE_FEED || scan.is(i + 1, WHITE)) continue;
    const next = scan.code(i + 1);
    if (!isQuote(next) && !isOpener(next) && next !== CURLY_CLOSE && next !== SQUARE_CLOSE) break;
  }
  scan.steps += i - start;
  return i;
}

/** So much of an object or array is looked at to see whether any of it looks like a secret. */
const MAX_LOOK = 192;

/**
 * Where the object or array ends that begins at `start` under a name without quotes, as Node and Java show it: `[ 'a', 'b' ]`, `Set(1) { 'a' }`,
 * `{a=b}`. -1 when none does, or when nothing in it looks like a secret.
 */
export function shownEnd(scan: Scan, start: number): number {
  const from = skipKind(scan, start);
  if (!isOpener(scan.code(from))) return -1;
  const stop = Math.min(scan.text.length, from + MAX_LOOK);
  const isKnown = from >= scan.dullFrom && from < scan.dullTo;
  let i = isKnown ? scan.dullTo : from + 1;
  if (!isKnown) scan.dullFrom = from;
  while (i < stop) {
    const word = i;
    while (i < stop && !isBetween(scan.code(i))) i++;
    scan.steps += i - word + 1;
    const after = scan.code(i);
    if (i > word && after !== COLON && after !== EQUALS && isTelling(scan, word, i)) {
      const end = nestedEnd(scan, from, 0);
      return end < 0 ? cutOffEnd(scan, from) : end;
    }
    scan.dullTo = word;
    if (after === SQUARE_CLOSE || after === CURLY_CLOSE || after === LINE_FEED) return -1;
    i++;
  }
  return -1;
}

/** Not a number alone: those of lengths and ages stand there too. */
function isTelling(scan: Scan, start: number, end: number): boolean {
  return looksSecret(scan, start, end) && scan.skip(start, ALNUM & ~LETTERS, end - start) < end;
}

/** Past `Set(2) ` and `Map(1) `. */
function skipKind(scan: Scan, at: number): number {
  if (!scan.startsWith("set(", at) && !scan.startsWith("map(", at)) return at;
  const close = scan.skip(at + 4, ALNUM, 8);
  return scan.code(close) === PAREN_CLOSE ? scan.skip(close + 1, BLANK, 2) : at;
}

/** The lines below a name: one that is indented, or the items of a list. */
export interface LinesBelow {
  readonly start: number;
  readonly end: number;
}

/** The value in the lines below the line that ends at `at`, as YAML has it; `undefined` where the first is not one word that looks like a secret. */
export function linesBelow(scan: Scan, at: number): LinesBelow | undefined {
  const line = scan.code(at) === CARRIAGE_RETURN ? at + 2 : at + 1;
  const first = scan.skip(line, BLANK, MAX_INDENT);
  const isItem = scan.code(first) === HYPHEN_SIGN && scan.is(first + 1, BLANK);
  if (first === line && !isItem) return undefined;
  const start = isItem ? scan.skip(first + 1, BLANK, MAX_INDENT) : first;
  let end = wordEnd(scan, start);
  const bare = skipQuote(scan, start);
  if (end < 0 || !looksSecret(scan, bare, bare > start ? end - 1 : end)) return undefined;
  if (!isItem) return { start, end };
  for (;;) {
    const next = scan.code(end) === CARRIAGE_RETURN ? end + 2 : end + 1;
    const item = scan.skip(next, BLANK, MAX_INDENT);
    if (item - next !== first - line || scan.code(item) !== HYPHEN_SIGN || !scan.is(item + 1, BLANK)) break;
    const itemEnd = wordEnd(scan, scan.skip(item + 1, BLANK, MAX_INDENT));
    if (itemEnd < 0) break;
    end = itemEnd;
  }
  return { start, end };
}

const MAX_INDENT = 64;

/** Where the one word ends that stands in the rest of the line; -1 if there is none or more of them. */
export function wordEnd(scan: Scan, start: number): number {
  let i = start;
  while (scan.code(i) > 0x20) i++;
  scan.steps += i - start + 1;
  return i > start && (scan.code(i) < 0 || scan.is(i, LINE_END)) ? i : -1;
}

function isOpener(code: number): boolean {
  return code === CURLY_OPEN || code === SQUARE_OPEN;
}

/** Blanks, quotes, brackets and the signs that part one value from the next. */
function isBetween(code: number): boolean {
  return (
    code <= 0x20 ||
    isQuote(code) ||
    isOpener(code) ||
    code === SQUARE_CLOSE ||
    code === CURLY_CLOSE ||
    code === BACKSLASH ||
    code === COMMA ||
    code === COLON ||
    code === EQUALS
  );
}

const LETTERS = LOWER | UPPER;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const PAREN_CLOSE = 0x29;
const COMMA = 0x2c;
const HYPHEN_SIGN = 0x2d;
const COLON = 0x3a;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const PIPE = 0x7c;
const CURLY_CLOSE = 0x7d;
