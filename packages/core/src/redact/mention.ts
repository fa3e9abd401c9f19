import { ALNUM, BLANK, DOT, UPPER, VALUE_END, WHITE } from "./character-class.ts";
import { isQuote, quotedEnd, type Separator, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { looksSecret } from "./value-judgement.ts";

/** A shorter word after the name is no password that prose mentions. */
const MIN_MENTIONED = 8;
const MAX_PASSWORD = 96;
/** A user's name. */
const MAX_USER = 64;

/**
 * `--password x`, `--password "x"`, `-password x`; `PASSWORD 'x'` in SQL; `:password "x"` in Clojure; `login bob password x` in `.netrc`. Of all of these
 * no prose is made.
 */
export function isOption(scan: Scan, nameStart: number, { end: value }: Separator): boolean {
  const isQuoted = isQuote(scan.code(value));
  const first = scan.code(nameStart);
  if (first === HYPHEN) return !isQuoted || scan.code(nameStart + 1) === HYPHEN;
  if (!isQuoted) return isNetrc(scan, nameStart);
  if (scan.code(nameStart - 1) === COLON) return true;
  if (scan.startsWith("with password ", nameStart - "with ".length)) return true;
  return scan.startsWithExactly("PASSWORD '", nameStart) && isOneWord(scan, value + 1, APOSTROPHE);
}

/**
 * Whether the word behind an option, or behind `password` in `.netrc`, is its argument whatever it looks like: `--password correcthorse`. Help and prose have words there that
 * say what is wanted.
 */
export function isPlainArgument(scan: Scan, nameStart: number, { end: start }: Separator): boolean {
  const end = skipPassword(scan, start);
  if (isNetrc(scan, nameStart)) return end > start;
  if (scan.code(nameStart) !== HYPHEN || scan.code(nameStart + 1) !== HYPHEN || end - start < MIN_CALLED) return false;
  if (isWanted(scan, start, end)) return false;
  return scan.code(end) < 0 || scan.is(end, WHITE) || isQuote(scan.code(end)) || scan.code(end) === BACKSLASH;
}

/** Whether a word behind an option says what is wanted there: `PASSWORD`, `string`. */
export function isWanted(scan: Scan, start: number, end: number): boolean {
  return scan.skip(start, UPPER, end - start) === end || WANTED.has(scan.text.slice(start, end).toLowerCase());
}

const WANTED: ReadonlySet<string> = new Set(
  (
    "option options argument arguments parameter parameters switch string value values prompt instead because without should cannot either " +
    "command please together before during unless whether through between secret stringarray"
  ).split(" "),
);

/** `login bob password x` */
function isNetrc(scan: Scan, nameStart: number): boolean {
  if (!scan.startsWith("password ", nameStart)) return false;
  let i = scan.skipBack(nameStart, WHITE, 8);
  const userEnd = i;
  while (userEnd - i < MAX_USER && scan.code(i - 1) > 0x20) i--;
  scan.steps += userEnd - i;
  return i < userEnd && scan.is(i - 1, BLANK) && scan.startsWith("login ", i - "login ".length);
}

function isOneWord(scan: Scan, start: number, quote: number): boolean {
  const end = quotedEnd(scan, start, 0, quote);
  for (let i = start; i < end; i++) if (scan.is(i, BLANK)) return false;
  scan.steps += end - start;
  return end > start;
}

/** `with password x`, `login bob password "x"`: what follows must be one piece of letters, digits and signs that no prose has. */
export function isMentioned(scan: Scan, nameEnd: number, { end: open }: Separator): boolean {
  if (!mayEndPassword(scan.code(nameEnd - 1))) return false;
  const start = skipQuote(scan, open);
  const end = skipPassword(scan, start);
  if (end - start < MIN_MENTIONED || !looksSecret(scan, start, end)) return false;
  return start > open ? isQuote(scan.code(end)) : scan.code(end) < 0 || scan.is(end, WHITE | VALUE_END | DOT);
}

/** The last letter of `password`, `passwort`, `passphrase`, `pass`; a digit or a sign may stand behind it. */
function mayEndPassword(code: number): boolean {
  const letter = code | 0x20;
  return letter === 0x64 || letter === 0x74 || letter === 0x65 || letter === 0x73 || letter < 0x61 || letter > 0x7a;
}

function skipPassword(scan: Scan, start: number): number {
  let i = start;
  while (i - start < MAX_PASSWORD && (scan.is(i, ALNUM) || PASSWORD_SIGNS.has(scan.code(i)))) i++;
  scan.steps += i - start;
  return i;
}

const PASSWORD_SIGNS: ReadonlySet<number> = new Set(Array.from("!@#$%^&*+?~", (sign) => sign.charCodeAt(0)));

/** The text between the quotes of `setPassword("x")`, where it looks like a password and not like prose; `undefined` otherwise. */
export function calledWith(
  scan: Scan,
  { end: open }: Separator,
): { readonly start: number; readonly end: number } | undefined {
  const start = open + 1;
  const end = quotedEnd(scan, start, 0, scan.code(open));
  for (let i = start; i < end; i++) if (scan.is(i, BLANK)) return undefined;
  return end - start >= MIN_CALLED && scan.code(end + 1) === PAREN_CLOSE && looksSecret(scan, start, end)
    ? { start, end }
    : undefined;
}

const MIN_CALLED = 6;
const APOSTROPHE = 0x27;
const PAREN_CLOSE = 0x29;
const HYPHEN = 0x2d;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
