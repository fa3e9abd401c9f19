import { BLANK, DIGIT, HYPHEN, LINE_END, LOWER, UNDERSCORE, UPPER, WHITE, WORD } from "./character-class.ts";
import { isWanted } from "./mention.ts";
import { isQuote, NAME, quotedEnd, type Separator, skipQuote } from "./pair-syntax.ts";
import { isPathProperty, isValueOf, pairRole } from "./pair-shapes.ts";
import type { Scan } from "./scan.ts";

/** How far from a name its value is looked for, to either side. */
const MAX_DISTANCE = 192;
const MAX_ENTRIES = 4;
const MAX_WORD = 24;
/** `Your new API key` is a name of several words. */
const MAX_NAME = 48;

/** The value of a name that stands as a text itself. */
export interface Partner {
  readonly separator: Separator;
  /** Whether what stands there could be one more name, and so must look like a secret. */
  readonly isDoubtful: boolean;
}

/**
 * Where the value stands whose name ends at `nameEnd` and is a quoted text itself: the next item of a list (`["X-Api-Key", "x"]`), or a property of the
 * object that names it (`{"value":"x","type":"text","name":"password"}`).
 */
export function findPartner(scan: Scan, nameStart: number, givenEnd: number): Partner | undefined {
  const nameEnd = skipIndex(scan, givenEnd);
  const close = skipQuote(scan, nameEnd);
  if (close === nameEnd) return undefined;
  const size = close - nameEnd; // the quote with its backslashes
  const first = scan.skipBack(nameStart, NAME | BLANK, MAX_NAME);
  const head = skipPathBack(scan, first);
  const isPath = head < first || nameEnd > givenEnd;
  const open = head - size;
  if (open < scan.floor || scan.text.slice(open, head) !== scan.text.slice(nameEnd, close)) return undefined;
  const before = scan.skipBack(open, WHITE, MAX_WORD);
  const sign = scan.code(before - 1);
  const isOption = scan.code(nameStart) === HYPHEN_SIGN && scan.code(nameStart + 1) === HYPHEN_SIGN;
  if (!isPath && (sign === SQUARE_OPEN || sign === COMMA || sign === PAREN_OPEN || isOption)) {
    const path = sign === PAREN_OPEN ? undefined : pathList(scan, open, close);
    return path === undefined
      ? nextItem(scan, before - 1, { nameStart, nameEnd, close })
      : besidePath(scan, path, nameEnd, close);
  }
  if (sign !== COLON && sign !== EQUALS) return undefined;
  const key = readWordBefore(scan, before - 1);
  if (key === undefined || pairRole(key.word) !== "name") return undefined;
  if (isPath && !isPathProperty(key.word)) return undefined;
  const end = valueAfter(scan, close, size, key.word) ?? valueBefore(scan, key.start, size, key.word);
  if (end === undefined) return undefined;
  const quote = isQuote(scan.code(key.end)) || scan.code(key.end) === BACKSLASH ? scan.text.slice(nameEnd, close) : "";
  return { separator: { joint: "tight", end, quote }, isDoubtful: false };
}

/** Past what may stand behind the name in a path: the bracket of `user[password]`, an index (`/passwords/0`, `/passwords/-`, `passwords[0]`). */
export function skipIndex(scan: Scan, at: number): number {
  const end = scan.code(at) === SQUARE_CLOSE ? at + 1 : at;
  const sign = scan.code(end);
  if (sign !== SLASH && sign !== SQUARE_OPEN) return end;
  const last = scan.code(end + 1) === HYPHEN_SIGN ? end + 2 : scan.skip(end + 1, DIGIT, MAX_INDEX);
  if (sign === SLASH) return last;
  return scan.code(last) === SQUARE_CLOSE ? last + 1 : end;
}

const MAX_INDEX = 8;

/** Before the parts of a path that stand before its last: `/user/` of `/user/password`, `user[` of `user[password]`. */
function skipPathBack(scan: Scan, at: number): number {
  let i = at;
  while (at - i < MAX_NAME && isPathSign(scan.code(i - 1)) && i > scan.floor) i = scan.skipBack(i - 1, NAME, MAX_NAME);
  return i;
}

function isPathSign(code: number): boolean {
  return code === SLASH || code === SQUARE_OPEN || code === SQUARE_CLOSE;
}

/** A list that says a path: `"loc":["body","password"]`. */
interface PathList {
  readonly key: WordBefore;
  readonly end: number;
}

/** The list that the text from `open` to `close` ends, but for an index, where it is a path. */
function pathList(scan: Scan, open: number, close: number): PathList | undefined {
  let end = scan.skip(close, WHITE, MAX_WORD);
  if (scan.code(end) === COMMA) end = scan.skip(scan.skip(end + 1, WHITE, MAX_WORD), DIGIT, 8);
  end = scan.skip(end, WHITE, MAX_WORD);
  if (scan.code(end) !== SQUARE_CLOSE) return undefined;
  const limit = Math.max(scan.floor, open - MAX_DISTANCE);
  let start = open - 1;
  while (start >= limit && !isBracket(scan.code(start))) start--;
  scan.steps += open - start;
  const sign = scan.skipBack(start, WHITE, MAX_WORD) - 1;
  if (start < limit || scan.code(start) !== SQUARE_OPEN || scan.code(sign) !== COLON) return undefined;
  const key = readWordBefore(scan, sign);
  return key !== undefined && isPathProperty(key.word) ? { key, end: end + 1 } : undefined;
}

function besidePath(scan: Scan, { key, end: from }: PathList, nameEnd: number, close: number): Partner | undefined {
  const size = close - nameEnd;
  const end = valueAfter(scan, from, size, key.word) ?? valueBefore(scan, key.start, size, key.word);
  const quote = isQuote(scan.code(key.end)) || scan.code(key.end) === BACKSLASH ? scan.text.slice(nameEnd, close) : "";
  return end === undefined ? undefined : { separator: { joint: "tight", end, quote }, isDoubtful: false };
}

/** Whether the name that begins at `nameStart` is the value of an attribute that names something: `name="password"`. */
export function isNamingAttribute(scan: Scan, nameStart: number): boolean {
  const sign = nameStart - 2;
  if (!isQuote(scan.code(nameStart - 1)) || scan.code(sign) !== EQUALS) return false;
  const key = readWordBefore(scan, sign);
  return key !== undefined && pairRole(key.word) === "name";
}

interface QuotedName {
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Behind its closing quote. */
  readonly close: number;
}

/** The text after the name in the list that `sign` opens or goes on with. */
function nextItem(scan: Scan, sign: number, { nameStart, nameEnd, close }: QuotedName): Partner | undefined {
  const comma = scan.skip(close, WHITE, MAX_WORD);
  if (scan.code(comma) !== COMMA) return undefined;
  const value = scan.skip(comma + 1, WHITE, MAX_WORD);
  const outer = scan.code(scan.skipBack(sign, WHITE, MAX_WORD) - 1);
  const isTuple = scan.code(sign) === PAREN_OPEN;
  const isOpen = scan.code(sign) === SQUARE_OPEN || isTuple;
  const isInList = isOpen && (outer === SQUARE_OPEN || outer === COMMA);
  const isHeader = scan.text.slice(nameStart, close).includes("-") && scan.code(nameStart) !== HYPHEN_SIGN;
  const start = skipQuote(scan, value);
  if (start === value) {
    const isNested = (isInList || isHeader) && (scan.code(value) === SQUARE_OPEN || scan.code(value) === CURLY_OPEN);
    const quote = scan.text.slice(nameEnd, close);
    return isNested ? { separator: { joint: "tight", end: value, quote }, isDoubtful: false } : undefined;
  }
  const size = start - value;
  const end = quotedEnd(scan, start, size - 1, scan.code(start - 1));
  const after = scan.code(scan.skip(end + size, WHITE, MAX_WORD));
  if (after === COLON) return undefined; // the next property's name
  const isPair = isOpen && after === (isTuple ? PAREN_CLOSE : SQUARE_CLOSE);
  const isEntry = isPair && isInList;
  const isOption = scan.code(nameStart) === HYPHEN_SIGN && scan.code(start) !== HYPHEN_SIGN;
  if (!isOpen && scan.code(sign) !== COMMA && (isWanted(scan, start, end) || !endsItem(scan, end + size)))
    return undefined;
  const isName = scan.skip(start, LOWER | HYPHEN | UNDERSCORE | UPPER, end - start) === end;
  const isWord = isWordWithNumber(scan, start, end);
  if (!isEntry && !isOption && (isName || (isWord && !isPair && !isHeader))) return undefined;
  return { separator: { joint: "tight", end: value, quote: "" }, isDoubtful: !isEntry && !isOption && !isHeader };
}

/** Whether a list that is printed without its brackets may go on or end at `at`; in prose words follow. */
function endsItem(scan: Scan, at: number): boolean {
  const code = scan.code(at);
  return code === COMMA || code < 0 || scan.is(at, LINE_END) || code === SQUARE_CLOSE || code === BACKSLASH;
}

/** `address2`, `oauth2_token`: at most two digits. */
function isWordWithNumber(scan: Scan, start: number, end: number): boolean {
  let digits = 0;
  for (let i = start; i < end; i++) {
    if (!scan.is(i, WORD)) return false;
    if (scan.is(i, DIGIT)) digits++;
  }
  scan.steps += end - start;
  return digits <= 2;
}

/** Where the value of a following property begins that holds values; `undefined` when none does. */
function valueAfter(scan: Scan, from: number, size: number, name: string): number | undefined {
  const limit = from + MAX_DISTANCE;
  let i = from;
  for (let n = 0; n < MAX_ENTRIES && i < limit; n++) {
    i = scan.skip(i, WHITE, MAX_WORD);
    if (scan.code(i) === COMMA) i = scan.skip(i + 1, WHITE, MAX_WORD);
    const start = skipQuote(scan, i);
    const end = scan.skip(start, WORD | HYPHEN, MAX_WORD);
    const sign = scan.skip(start > i ? skipQuote(scan, end) : end, BLANK, MAX_WORD);
    if (end === start || (scan.code(sign) !== COLON && scan.code(sign) !== EQUALS)) return undefined;
    const value = scan.skip(sign + 1, WHITE, MAX_WORD);
    // The label of a value that is redacted already stands before the next one: `"old":"[redacted:key]","new":"x"`.
    const isRedacted = scan.labelEnd(skipQuote(scan, value)) >= 0;
    const key = scan.text.slice(start, end);
    if (!isRedacted && pairRole(key) === "value" && isValueOf(key, name)) return value;
    i = entryEnd(scan, value, limit, size);
  }
  return undefined;
}

/** Behind the value that begins at `at`: a quoted text or a bare word. */
function entryEnd(scan: Scan, at: number, limit: number, size: number): number {
  const start = skipQuote(scan, at);
  if (start > at) return quotedEnd(scan, start, start - at - 1, scan.code(start - 1)) + size;
  let i = at;
  while (i < limit && scan.code(i) !== COMMA && scan.code(i) > 0x20 && !isBracket(scan.code(i))) i++;
  scan.steps += i - at;
  return isBracket(scan.code(i)) ? limit : i;
}

/** Where the value of a property begins that stands before and holds values. */
function valueBefore(scan: Scan, from: number, size: number, name: string): number | undefined {
  const limit = Math.max(scan.floor, from - MAX_DISTANCE);
  let i = from;
  for (let n = 0; n < MAX_ENTRIES; n++) {
    i = scan.skipBack(i, WHITE, MAX_WORD);
    if (scan.code(i - 1) === COMMA) i = scan.skipBack(i - 1, WHITE, MAX_WORD);
    const start = valueStart(scan, i, limit, size);
    if (start === undefined) return undefined;
    const sign = scan.skipBack(start, WHITE, MAX_WORD) - 1;
    const key = scan.code(sign) === COLON || scan.code(sign) === EQUALS ? readWordBefore(scan, sign) : undefined;
    if (key === undefined) return undefined;
    if (pairRole(key.word) === "value" && isValueOf(key.word, name)) return start;
    i = key.start;
  }
  return undefined;
}

/** Where the value begins that ends at `end`: at the quote of its own level, or at its first sign. */
function valueStart(scan: Scan, end: number, limit: number, size: number): number | undefined {
  const quote = scan.code(end - 1);
  let i = end - 1;
  if (!isQuote(quote)) {
    while (i >= limit && scan.code(i) > 0x20 && scan.code(i) !== COLON && scan.code(i) !== EQUALS) {
      if (scan.code(i) === COMMA || isBracket(scan.code(i))) return undefined;
      i--;
    }
    scan.steps += end - i;
    return i + 1 < end ? i + 1 : undefined;
  }
  for (i = end - size - 1; i >= limit; i--) {
    if (scan.code(i) !== quote) continue;
    let run = 0;
    while (scan.code(i - 1 - run) === BACKSLASH) run++;
    if (run === size - 1) break;
    i -= run;
  }
  scan.steps += end - i;
  return i < limit ? undefined : i - size + 1;
}

interface WordBefore {
  readonly word: string;
  /** Where it begins, its quote included. */
  readonly start: number;
  readonly end: number;
}

/** The word, in quotes or not, that ends before the sign. */
function readWordBefore(scan: Scan, sign: number): WordBefore | undefined {
  const last = scan.skipBack(sign, BLANK | LINE_END, 4);
  let end = last;
  if (isQuote(scan.code(end - 1))) {
    end--;
    while (scan.code(end - 1) === BACKSLASH && last - end < MAX_WORD) end--;
  }
  const start = scan.skipBack(end, WORD | HYPHEN, MAX_WORD);
  if (start === end) return undefined;
  return { word: scan.text.slice(start, end), start: start - (last - end), end };
}

function isBracket(code: number): boolean {
  return (
    code < 0 ||
    code === SQUARE_OPEN ||
    code === SQUARE_CLOSE ||
    code === CURLY_OPEN ||
    code === CURLY_CLOSE ||
    code === 0x3e ||
    code === 0x3c
  );
}

const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const COMMA = 0x2c;
const HYPHEN_SIGN = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const EQUALS = 0x3d;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
