import {
  ALPHA,
  BASE64,
  BASE64_SIGN,
  BASE64_URL,
  BLANK,
  DIGIT,
  DOT,
  EQUALS,
  HEX,
  HYPHEN,
  LINE_END,
  LOWER,
  PERCENT,
  UNDERSCORE,
} from "./character-class.ts";
import type { Joint, Separator } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isCountInText } from "./test-count.ts";
import { looksSecret } from "./value-judgement.ts";

/** A value without quotes, and the name that it stands under. */
export interface NamedValue {
  readonly name: string;
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
  readonly joint: Joint;
}

/** Whether a value that looks like a secret is something else by what it stands under and beside. */
export function isHarmless(scan: Scan, value: NamedValue): boolean {
  const { name, nameStart, start, end } = value;
  if (isHandle(scan, start, end) || isPosition(scan, name, nameStart, start, end)) return true;
  if (isNoAssertion(scan, value) || isCountInText(scan, value)) return true;
  if (value.joint !== "loose" || name.length > MAX_SHORT) return false;
  return isTest(scan, value) || isWho(scan, value) || isType(scan, value);
}

const MAX_SHORT = 8;

/** `docker build --secret id=npmrc2,src=…`: the option names a secret of the build, and where it is. */
export function isBuildSecret(scan: Scan, name: string, start: number): boolean {
  return name === "--secret" && scan.startsWith("id=", start);
}

/** `PASS: tests/login2.sh`, as DejaGnu and Automake say at a line's beginning which test passed: a path whose file has an extension, or whose parts are words. */
function isTest(scan: Scan, { name, nameStart, start, end }: NamedValue): boolean {
  if (name !== "PASS" || scan.nextOf("/", start) >= end) return false;
  const before = scan.skipBack(nameStart, BLANK, MAX_WORD);
  if (before > 0 && !scan.is(before - 1, LINE_END)) return false;
  return hasExtension(scan, start, end) || isPathOfWords(scan, start, end);
}

/** A dot, and behind it one to five small letters. */
function hasExtension(scan: Scan, start: number, end: number): boolean {
  const dot = scan.skipBack(end, LOWER, MAX_EXTENSION) - 1;
  return (
    dot > start &&
    dot < end - 1 &&
    scan.is(dot, DOT) &&
    scan.skip(start, BASE64_URL | DOT | BASE64_SIGN, end - start) === end
  );
}

/** `tests/login2` */
function isPathOfWords(scan: Scan, start: number, end: number): boolean {
  for (let part = start; part < end;) {
    const slash = Math.min(scan.nextOf("/", part), end);
    const letters = scan.skip(part, LOWER | UNDERSCORE | HYPHEN, slash - part);
    if (scan.skip(letters, DIGIT, 2) !== slash && looksSecret(scan, part, slash)) return false;
    part = slash + 1;
  }
  return true;
}

const MAX_EXTENSION = 5;

/** `Auth: user42 connected` */
function isWho(scan: Scan, { name, start, end }: NamedValue): boolean {
  if (name.toLowerCase() !== "auth" || !scan.is(end, BLANK) || !scan.is(end + 1, LOWER)) return false;
  const letters = scan.skip(start, ALPHA, end - start);
  return letters > start && scan.skip(letters, DIGIT, 2) === end;
}

/** `token: Token2;` of source code. */
function isType(scan: Scan, { name, start, end }: NamedValue): boolean {
  if (scan.code(end) !== SEMICOLON || scan.code(start + name.length) < 0x30 || name !== "token") return false;
  return scan.startsWithExactly("Token", start) && scan.skip(start + name.length, DIGIT, 2) === end;
}

/** `home_page_banner_v2`: small letters in words, and two digits at most. */
export function isSlug(scan: Scan, start: number, end: number): boolean {
  let digits = 0;
  let joints = 0;
  for (let i = start; i < end; i++) {
    if (scan.is(i, DIGIT)) digits++;
    else if (scan.is(i, UNDERSCORE | HYPHEN)) joints++;
    else if (!scan.is(i, LOWER)) break;
    if (digits > 2) break;
  }
  scan.steps += end - start;
  return digits <= 2 && joints > 0 && scan.skip(start, LOWER | DIGIT | UNDERSCORE | HYPHEN, end - start) === end;
}

/** `?pass=word`, `&pw=word`: in an address or a form the short names say what they mean. A number counts something there. */
export function isPassParameter(scan: Scan, name: string, nameStart: number, start: number, end: number): boolean {
  const before = scan.code(nameStart - 1);
  if ((before !== QUESTION && before !== AMPERSAND) || scan.code(start - 1) !== EQUALS_SIGN || end - start < 4)
    return false;
  return (name === "pass" || name === "pw") && scan.skip(start, DIGIT, end - start) < end;
}

/** Of `${DB_PASSWORD:-x}` what stands in the place of a variable that is not set; `undefined` of what shells say then (`:?`) or write else (`:+`). */
export function pastDefault(scan: Scan, nameStart: number, separator: Separator): Separator | undefined {
  if (scan.code(nameStart - 1) !== CURLY_OPEN || scan.code(nameStart - 2) !== DOLLAR) return separator;
  const sign = scan.code(separator.end);
  if (scan.code(separator.end - 1) !== COLON) return separator;
  if (sign === QUESTION || sign === PLUS) return undefined;
  return sign === HYPHEN_SIGN ? { joint: separator.joint, end: separator.end + 1, quote: separator.quote } : separator;
}

/** `0x14ede63a5a70002`: 64 bits of a session's number at most. */
function isHandle(scan: Scan, start: number, end: number): boolean {
  return end - start <= 18 && scan.startsWith("0x", start) && scan.skip(start + 2, HEX, 17) === end;
}

/** `SAMLResponse: 200`: what stands there for the assertion itself is long, and base64. */
function isNoAssertion(scan: Scan, { nameStart, start, end }: NamedValue): boolean {
  if (!scan.startsWith("samlre", nameStart)) return false;
  return end - start < MIN_ASSERTION || scan.skip(start, ASSERTION, end - start) < end;
}

const MIN_ASSERTION = 32;
const ASSERTION: number = BASE64 | BASE64_URL | EQUALS | PERCENT;

/** `token.ts:10:5`, the place in a source file; `//auth/token:token_test`, what a folder makes; `.token:hover{`, a style's rule. */
function isPosition(scan: Scan, name: string, nameStart: number, start: number, end: number): boolean {
  if (scan.code(start - 1) !== 0x3a) return false;
  if (name.startsWith(".") && scan.code(scan.skip(start, ALPHA | HYPHEN, MAX_WORD)) === 0x7b) return true;
  const isPlace = name.includes(".") && end - start <= 12;
  return (isPlace || scan.code(nameStart - 1) === 0x2f) && !looksSecret(scan, start, end);
}

const MAX_WORD = 24;
const DOLLAR = 0x24;
const PLUS = 0x2b;
const AMPERSAND = 0x26;
const HYPHEN_SIGN = 0x2d;
const EQUALS_SIGN = 0x3d;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const QUESTION = 0x3f;
const CURLY_OPEN = 0x7b;
