import { ALNUM, BASE64_SIGN, classOf, DIGIT, DOT, HYPHEN, LOWER, UNDERSCORE, UPPER } from "./character-class.ts";
import type { Scan } from "./scan.ts";
import { isReference } from "./secret-reference.ts";

/** Words that say something about a secret instead of being one. */
const STATUS_WORDS: ReadonlySet<string> = new Set(
  (
    "true false null nil none undefined nan yes no on off enabled disabled required optional missing invalid valid expired revoked " +
    "empty unset set changed updated unknown hidden masked redacted filtered removed secret ok failed failure success accepted rejected " +
    "denied wrong incorrect mismatch must should is was has not cannot malformed unexpected expected eof string number boolean object " +
    "array identifier keyword operator default basic bearer digest md5 scram sha256 scram-sha-256 gssapi negotiate password token " +
    "include omit same-origin " +
    "success: failure: refreshed renewed rotated created deleted verified unverified pending present absent provided supplied given"
  ).split(" "),
);

const MAX_STATUS_WORD = 16;

const CASE_BIT = 0x20;

/** The first two letters of each: most values begin otherwise, and need not be compared. */
const BEGINNINGS: ReadonlySet<number> = new Set(
  Array.from(STATUS_WORDS, (word) => beginning(word.charCodeAt(0), word.charCodeAt(1))),
);

/** Of two characters, letters in either case. */
function beginning(first: number, second: number): number {
  return ((first | CASE_BIT) << 16) | (second | CASE_BIT);
}

/** Whether the value is none: a status, a placeholder, a reference to where the secret is, or a mask. */
export function isNoSecret(scan: Scan, start: number, end: number): boolean {
  const length = end - start;
  if (length <= 0) return true;
  if (
    length <= MAX_STATUS_WORD &&
    BEGINNINGS.has(beginning(scan.code(start), scan.code(start + 1))) &&
    STATUS_WORDS.has(trimMarks(scan.text.slice(start, end)).toLowerCase())
  )
    return true;
  return isReference(scan, start, end) || isMask(scan, start, end);
}

/** Three or more of the same sign, as other tools write in a secret's place: `***`, `xxxx`, `••••`. */
function isMask(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  if (first !== 0x2a && first !== 0x78 && first !== 0x58 && first !== 0x2022 && first !== 0x2e && first !== 0x2d)
    return false;
  let i = start + 1;
  while (i < end && scan.code(i) === first) i++;
  scan.steps += i - start;
  return i === end && end - start >= 3;
}

/** What is looked at: a scan, or a text by itself. */
type Characters = Pick<Scan, "code" | "steps" | "wordyFrom" | "wordyTo" | "lastLetter">;

/** Whether a text by itself looks like a secret rather than like a word, a number or a path. */
export function wordLooksSecret(text: string): boolean {
  for (let i = 0; i < text.length && i < MAX_JUDGED; i++) if (text.charCodeAt(i) <= 0x20) return false;
  return looksSecret(
    { code: (at) => text.charCodeAt(at), steps: 0, wordyFrom: 0, wordyTo: 0, lastLetter: -1 },
    0,
    text.length,
  );
}

/**
 * Whether a word that stands where prose or a plain setting could stand is none. A word may hold many names: what is known to be letters and marks as words
 * and paths have them is not read again.
 */
export function looksSecret(scan: Characters, start: number, end: number): boolean {
  const stop = end - start > MAX_JUDGED ? start + MAX_JUDGED : end;
  const length = stop - start;
  if (length < MIN_JUDGED) return false;
  const isKnown = length > MAX_QUANTITY && start >= scan.wordyFrom && start < scan.wordyTo;
  const from = isKnown ? Math.min(stop, scan.wordyTo) : start;
  let lastLetter = isKnown && scan.lastLetter >= start ? scan.lastLetter : -1;
  let digits = 0;
  let letters = lastLetter < 0 ? 0 : 1;
  let humps = 0;
  let dull = isKnown ? 1 : 0;
  let signs = 0;
  let before = isKnown ? classOf(scan.code(from - 1)) : 0;
  for (let i = from; i < stop; i++) {
    const code = scan.code(i);
    const kind = classOf(code);
    if ((kind & DIGIT) !== 0) digits++;
    else if ((kind & (LOWER | UPPER)) !== 0) {
      letters++;
      lastLetter = i;
      if ((kind & UPPER) !== 0 && (before & LOWER) !== 0) humps++;
    } else if ((kind & (UNDERSCORE | HYPHEN | DOT)) !== 0 || isDullMark(code)) dull++;
    else signs++;
    before = kind;
  }
  scan.steps += stop - from + 1;
  if (isFinalMark(scan.code(stop - 1))) signs--;
  if (digits + signs + humps === 0 && stop > scan.wordyTo) {
    if (!isKnown) scan.wordyFrom = start;
    scan.wordyTo = stop;
    scan.lastLetter = lastLetter;
  }
  if (letters === 0 && signs === 0) return dull === 0 || digits >= 16;
  if (digits > 0 && letters > 0) return !isQuantity(digits, letters, length);
  return signs > 0 || (digits === 0 && humps >= 3 && length >= 16);
}

const MIN_JUDGED = 4;

/** Longer values are judged by their beginning. */
const MAX_JUDGED = 128;

/** `30s`, `1.5MB`, `3rd`. */
function isQuantity(digits: number, letters: number, length: number): boolean {
  return letters <= 3 && length <= MAX_QUANTITY && digits <= 4;
}

const MAX_QUANTITY = 6;

/** `/ : ( ) , ; ' "`: marks of prose, paths and calls. */
function isDullMark(code: number): boolean {
  return (
    code === 0x2f ||
    code === 0x3a ||
    code === 0x28 ||
    code === 0x29 ||
    code === 0x2c ||
    code === 0x3b ||
    code === 0x27 ||
    code === 0x22
  );
}

function isFinalMark(code: number): boolean {
  return code === 0x21 || code === 0x3f;
}

/** `10m`, `30s`, `5MB`, `1Gi`: an amount of something, in a setting whose name is also a secret's. */
export function isAmount(scan: Scan, start: number, end: number): boolean {
  const unit = scan.skip(start, DIGIT, MAX_AMOUNT);
  if (unit === start || unit === end || end - unit > MAX_UNIT) return false;
  return scan.skip(unit, LOWER | UPPER, MAX_UNIT) === end && UNITS.has(scan.text.slice(unit, end).toLowerCase());
}

const MAX_AMOUNT = 4;
const MAX_UNIT = 4;

const UNITS: ReadonlySet<string> = new Set(
  (
    "ns us ms s sec secs m min mins h hr hrs hour d day days w wk mo y yr b k kb kib ki m mb mib mi g gb gib gi t tb tib ti " +
    "bit bits bps hz khz mhz ghz px em rem pt vh vw x st nd rd th"
  ).split(" "),
);

/** Whether all of it is what a file's path consists of. */
export function isPath(scan: Scan, start: number, end: number): boolean {
  return (scan.code(start) === 0x2f || scan.code(start) === 0x7e) && scan.skip(start + 1, PATH, end - start) === end;
}

const PATH = ALNUM | UNDERSCORE | HYPHEN | DOT | BASE64_SIGN;

function trimMarks(word: string): string {
  let end = word.length;
  while (end > 0 && isTrailing(word.charCodeAt(end - 1))) end--;
  return word.slice(0, end);
}

/** `. , ; : ! ) ]`, and a blank. */
function isTrailing(code: number): boolean {
  return (
    code === 0x2e ||
    code === 0x2c ||
    code === 0x3b ||
    code === 0x3a ||
    code === 0x21 ||
    code === 0x29 ||
    code === 0x5d ||
    code === 0x20
  );
}
