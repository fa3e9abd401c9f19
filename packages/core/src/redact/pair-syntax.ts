import {
  ALNUM,
  BLANK,
  classOf,
  DIGIT,
  DOT,
  HYPHEN,
  LINE_END,
  UNDERSCORE,
  VALUE_END,
  WHITE,
} from "./character-class.ts";
import type { Scan } from "./scan.ts";

/** What names consist of. */
export const NAME: number = ALNUM | UNDERSCORE | HYPHEN | DOT;

/**
 * How a name and its value are joined. `tight`: nothing else is written so (`a=b`, `"a":"b"`); `loose`: prose has it too (`a: b`, `a = b`);
 * `spoken`: `a is b`; `blank`: nothing but a space, as after an option; `markup`: `<a>b</a>`; `attribute`: `<x name="a">b</x>`; `call`: `a("b")`; `line`: the value is a line of its own.
 */
export type Joint = "tight" | "loose" | "spoken" | "blank" | "markup" | "attribute" | "call" | "line";

/** The stretch between a name and its value. */
export interface Separator {
  readonly joint: Joint;
  /** Where the value, or its opening quote, begins. */
  readonly end: number;
  /** The quote that stood after the name, with its backslashes; empty when there was none. */
  readonly quote: string;
}

const MAX_BLANKS = 8;
/** JSON that is laid out for people may have a line break and an indentation there. */
const MAX_BLANKS_PRETTY = 32;
const MAX_INDEX = 24;
const MAX_BACKSLASHES = 63;

/** What follows the name that ends at `nameEnd`; `undefined` when that is no separator. */
export function readSeparator(scan: Scan, nameEnd: number): Separator | undefined {
  const quoteEnd = skipQuote(scan, skipIndex(scan, nameEnd));
  const bracketEnd = scan.code(quoteEnd) === SQUARE_CLOSE ? skipIndex(scan, skipIndex(scan, quoteEnd + 1)) : quoteEnd;
  const blankEnd = scan.skip(bracketEnd, BLANK, MAX_BLANKS);
  const code = scan.code(blankEnd);
  if (code === EQUALS || code === COLON) return readSign(scan, nameEnd, quoteEnd, blankEnd);
  const lineSign = quoteEnd > nameEnd && scan.is(blankEnd, LINE_END) ? scan.skip(blankEnd, WHITE, MAX_BLANKS) : nameEnd;
  if (scan.code(lineSign) === COLON) return readSign(scan, nameEnd, quoteEnd, lineSign);
  const lineStart = quoteEnd > nameEnd ? skipEmptyLine(scan, quoteEnd) : quoteEnd;
  if (lineStart > quoteEnd) return { joint: "line", end: lineStart, quote: "" };
  const named = readRareSign(scan, nameEnd, quoteEnd, blankEnd);
  if (named !== undefined) return named;
  const valueWord = skipValueWord(scan, quoteEnd);
  if (valueWord > quoteEnd) return readSign(scan, nameEnd, quoteEnd, valueWord);
  if (code === GREATER && blankEnd === quoteEnd && quoteEnd > nameEnd)
    return { joint: "attribute", end: quoteEnd + 1, quote: "" };
  if (code === GREATER && blankEnd === nameEnd) return { joint: "markup", end: nameEnd + 1, quote: "" };
  if (blankEnd === bracketEnd && skipQuote(scan, blankEnd) > blankEnd) return undefined; // the end of `"user[password]"`
  if (blankEnd > nameEnd && quoteEnd === nameEnd) return readBlank(scan, blankEnd);
  return undefined;
}

/** `a -> b`, the cells of `| a | b |`, PHP's `s:1:"a";s:1:"b"`, `<key>a</key><string>b` of property lists and `<name>a</name><value>b` of settings, `a("b")`. */
function readRareSign(scan: Scan, nameEnd: number, quoteEnd: number, blankEnd: number): Separator | undefined {
  const code = scan.code(blankEnd);
  const isArrow = code === HYPHEN_SIGN && scan.code(blankEnd + 1) === GREATER;
  if (isArrow) return { joint: "loose", end: scan.skip(blankEnd + 2, BLANK, MAX_BLANKS), quote: "" };
  if (code === PIPE && blankEnd > quoteEnd)
    return { joint: "spoken", end: scan.skip(blankEnd + 1, BLANK, MAX_BLANKS_PRETTY), quote: "" };
  if (code === LESS && blankEnd === nameEnd) {
    const value = settingValue(scan, nameEnd);
    return value < 0 ? undefined : { joint: "markup", end: value, quote: "" };
  }
  if (code === PAREN_OPEN && blankEnd === nameEnd && isQuote(scan.code(nameEnd + 1)))
    return { joint: "call", end: nameEnd + 1, quote: "" };
  if (code !== SEMICOLON || quoteEnd === nameEnd || !scan.startsWith("s:", quoteEnd + 1)) return undefined;
  const length = scan.skip(quoteEnd + 3, DIGIT, MAX_BLANKS);
  return scan.code(length) === COLON ? { joint: "tight", end: length + 1, quote: "" } : undefined;
}

/** Where the value begins whose name's element ends at `at`; -1 for another element. */
function settingValue(scan: Scan, at: number): number {
  for (const [closed, opened] of SETTINGS) {
    if (!scan.startsWith(closed, at)) continue;
    const value = scan.skip(at + closed.length, WHITE, MAX_BLANKS_PRETTY);
    return scan.startsWith(opened, value) ? value + opened.length : -1;
  }
  return -1;
}

const SETTINGS: readonly (readonly [closed: string, opened: string])[] = [
  ["</key>", "<string>"],
  ["</name>", "<value>"],
];

/**
 * RFC 7578: the headers of a part (`name="password"`) end with an empty line, and its value follows. The line ends may be escaped. Gives `at` when no line
 * is empty there.
 */
function skipEmptyLine(scan: Scan, at: number): number {
  let i = at;
  let ends = 0;
  for (let n = 0; n < 4; n++) {
    const next = skipLineSign(scan, i);
    if (next === i) break;
    const last = scan.code(next - 1);
    if (last === LINE_FEED || last === 0x6e) ends++; // itself, or the `n` of an escaped one
    i = next;
  }
  return ends === 2 ? i : at;
}

/** Past one CR or LF, or the escape of one, at any depth of quoting. */
export function skipLineSign(scan: Scan, at: number): number {
  if (scan.is(at, LINE_END)) return at + 1;
  let i = at;
  while (scan.code(i) === BACKSLASH && i - at < MAX_BACKSLASHES) i++;
  const code = scan.code(i);
  return i > at && (code === 0x6e || code === 0x72) ? i + 1 : at;
}

/** `password is x` and `password changed to x` are as loose as a colon. */
function readBlank(scan: Scan, at: number): Separator {
  const verb = VERB_BEGINNINGS.has(scan.code(at)) ? VERBS.find((each) => scan.startsWith(each, at)) : undefined;
  return verb === undefined
    ? { joint: "blank", end: at, quote: "" }
    : { joint: "spoken", end: at + verb.length, quote: "" };
}

/** The first that stands there counts. */
const VERBS: readonly string[] = [
  ...["is ", "was ", "has been ", ""].flatMap((be) =>
    ["set ", "reset ", "changed ", "updated "].flatMap((verb) => [`${be}${verb}to `, `${be}${verb}from `]),
  ),
  "is now ",
  "is ",
  "was ",
];

/** With what they begin. */
const VERB_BEGINNINGS: ReadonlySet<number> = new Set(VERBS.map((verb) => verb.charCodeAt(0)));

/** The index in `password[0]=x`. */
function skipIndex(scan: Scan, at: number): number {
  if (scan.code(at) !== SQUARE_OPEN) return at;
  const label = scan.labelEnd(at);
  if (label >= 0) return label;
  const end = scan.skip(at + 1, NAME, MAX_INDEX);
  return scan.code(end) === SQUARE_CLOSE ? end + 1 : at;
}

function readSign(scan: Scan, nameEnd: number, quoteEnd: number, sign: number): Separator | undefined {
  const isEquals = scan.code(sign) === EQUALS;
  let i = sign + 1;
  const next = scan.code(i);
  if (!isEquals && next === COLON) return undefined; // a namespace
  if (isEquals ? next === GREATER || next === EQUALS : next === EQUALS) i++;
  if (scan.code(i) === EQUALS) i++;
  const isQuotedName = quoteEnd > nameEnd && isQuote(scan.code(quoteEnd - 1));
  const end = scan.skip(i, isQuotedName ? WHITE : BLANK, MAX_BLANKS_PRETTY);
  const hasBlank = end > i || sign > quoteEnd;
  const isArrow = i > sign + 1;
  const joint = isQuotedName || isArrow || !hasBlank ? "tight" : "loose";
  return { joint, end, quote: isQuotedName ? scan.text.slice(nameEnd, quoteEnd) : "" };
}

/**
 * The name stands as a value itself, and its own value follows under the name `value`: `{"name":"password","value":"x"}`,
 * `<add key="Password" value="x"/>`, `- name: DB_PASSWORD` and `value: x` on the next line. Gives the sign's place, or `at`.
 */
function skipValueWord(scan: Scan, at: number): number {
  let i = at;
  if (scan.code(i) === COMMA) i++;
  i = scan.skip(i, WHITE, 2 * MAX_BLANKS);
  if (i === at) return at;
  i = skipQuote(scan, i);
  if (!scan.startsWith("value", i)) return at;
  i = scan.skip(skipQuote(scan, i + "value".length), BLANK, MAX_BLANKS);
  const code = scan.code(i);
  return code === EQUALS || code === COLON ? i : at;
}

/** Past backslashes and one quote; `at` when there is no quote. */
export function skipQuote(scan: Scan, at: number): number {
  let i = at;
  while (scan.code(i) === BACKSLASH && i - at < MAX_BACKSLASHES) i++;
  return isQuote(scan.code(i)) ? i + 1 : at;
}

export function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x60;
}

/**
 * Where a quoted text ends whose opening quote had `backslashes` in front of it: at the first quote that closes the same level of
 * quoting. One that was cut off ends with its line, or with the text.
 */
export function quotedEnd(scan: Scan, start: number, backslashes: number, quote: number): number {
  const step = 2 * (backslashes + 1);
  let run = 0;
  let i = start;
  for (; ; i++) {
    const code = scan.code(i);
    if (code < 0 || code === LINE_FEED) break;
    if (code === APOSTROPHE && quote === APOSTROPHE && i > start && scan.code(i + 1) === APOSTROPHE) {
      i++; // doubled, as SQL writes one inside a text
    } else if (code === quote && run >= backslashes && (run - backslashes) % step === 0) {
      scan.steps += i - start;
      return i - backslashes;
    }
    run = code === BACKSLASH ? run + 1 : 0;
  }
  scan.steps += i - start;
  return i;
}

/**
 * Where a value without quotes ends: at a blank or a quote, at a closing bracket that ends a clause, or at a `,` `;` `&` after which
 * the next pair begins. A word may hold many names: it is read once.
 */
export function bareEnd(scan: Scan, start: number): number {
  if (start >= scan.bareFrom && start < scan.bareTo) return scan.bareTo;
  const { length } = scan.text;
  let i = start;
  for (; i < length; i++) {
    const code = scan.code(i);
    if ((classOf(code) & VALUE_END) === 0 || (code === LESS && i === start)) continue;
    if (isJoiner(code) ? endsPair(scan, i, code) : !isCloser(code) || endsClause(scan.code(i + 1))) break;
  }
  scan.steps += i - start;
  scan.bareFrom = start;
  scan.bareTo = i;
  return i;
}

function endsPair(scan: Scan, at: number, code: number): boolean {
  if (endsClause(scan.code(at + 1))) return true;
  const nameEnd = scan.skip(at + 1, NAME, 64);
  const next = scan.code(nameEnd);
  if (nameEnd === at + 1) return false;
  return next === EQUALS || next === COLON || (code === AMPERSAND && (next <= 0x20 || next === AMPERSAND));
}

function endsClause(next: number): boolean {
  return next <= 0x20 || isQuote(next) || next === BACKSLASH || isCloser(next) || isJoiner(next) || next === DOT_SIGN;
}

function isJoiner(code: number): boolean {
  return code === COMMA || code === SEMICOLON || code === AMPERSAND;
}

function isCloser(code: number): boolean {
  return code === PAREN_CLOSE || code === SQUARE_CLOSE || code === CURLY_CLOSE;
}

const LINE_FEED = 0x0a;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const COMMA = 0x2c;
const HYPHEN_SIGN = 0x2d;
const DOT_SIGN = 0x2e;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const SQUARE_CLOSE = 0x5d;
const PIPE = 0x7c;
const CURLY_CLOSE = 0x7d;
