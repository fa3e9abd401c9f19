import { ALNUM, BASE64_SIGN, classOf, DIGIT, DOT, HYPHEN, LOWER, UNDERSCORE, UPPER } from "./character-class.ts";
import type { Scan } from "./scan.ts";
import { isEndOfSecretName } from "./secret-names.ts";

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

/** `${DB_PASSWORD}`, `$newPassword`, `$1`, `#{password}`, `%(password)s`, `$(pass show db)`, `{{ password }}`, `<password>`, `%s`, `process.env.DB_PASSWORD`, `arn:aws:…`, `[REDACTED]`. */
function isReference(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  const second = scan.code(start + 1);
  const last = scan.code(end - 1);
  if (first === DOLLAR)
    return (
      second === CURLY_OPEN ||
      second === PAREN_OPEN ||
      isVariable(scan, start + 1, end) ||
      isSecretsVariable(scan, start + 1, end) ||
      scan.skip(start + 1, DIGIT, 4) === end
    );
  if (first === COLON || first === AT || first === QUESTION) return isSqlParameter(scan, start, end);
  if (first === HASH) return second === CURLY_OPEN;
  if (first === CURLY_OPEN) return second === CURLY_OPEN;
  if (first === LESS || first === SQUARE_OPEN)
    return isPlaceholder(scan, start, end, first === LESS ? GREATER : SQUARE_CLOSE);
  if (first === PERCENT && second === PAREN_OPEN) return true;
  if (first === PERCENT) return end - start === 2 || (last === PERCENT && isVariable(scan, start + 1, end - 1));
  return REFERENCES.some((each) => each.charCodeAt(0) === first && scan.startsWith(each, start)) || isArn(scan, start);
}

/** What names a place where a secret is: variables, 1Password, vals, the token of a Kubernetes account, the secrets of a build. */
const REFERENCES: readonly string[] = ["process.env.", "os.environ", "op://", "ref+", "default-token-", "id="];

/** `?`, `?1`, `:password`, `:p0`, `@p0`, `@password`: what a statement has in the place of a value. */
function isSqlParameter(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  if (first === QUESTION) return scan.skip(start + 1, DIGIT, 3) === end;
  const letters = scan.skip(start + 1, LOWER | UPPER | UNDERSCORE, MAX_VARIABLE);
  if (letters === start + 1 || scan.skip(letters, DIGIT, 2) !== end) return false;
  return first === COLON || end - start <= 4 || isEndOfSecretName(scan.text.slice(start + 1, letters));
}

/** `arn:aws:secretsmanager:`, `arn:aws-us-gov:iam:`: of a partition and a service. Source: AWS IAM user guide, "Amazon Resource Names (ARNs)". */
function isArn(scan: Scan, start: number): boolean {
  if (!scan.startsWith(ARN, start)) return false;
  const partition = start + ARN.length;
  const service = scan.skip(partition, LOWER | HYPHEN, MAX_PARTITION);
  if (scan.code(service) !== COLON || (service > partition && !scan.is(partition, HYPHEN))) return false;
  const end = scan.skip(service + 1, LOWER | DIGIT | HYPHEN, MAX_SERVICE);
  return end > service + 1 && scan.code(end) === COLON;
}

const ARN = "arn:aws";
/** Of what stands behind `aws`: `-us-gov`, `-iso-b`. */
const MAX_PARTITION = 8;
const MAX_SERVICE = 32;

/** `newPassword`, whose own name is a secret's. */
function isSecretsVariable(scan: Scan, start: number, end: number): boolean {
  return (
    end - start <= MAX_VARIABLE &&
    scan.skip(start, LOWER | UPPER | UNDERSCORE, end - start) === end &&
    isEndOfSecretName(scan.text.slice(start, end))
  );
}

const MAX_VARIABLE = 48;

const HASH = 0x23;
const DOLLAR = 0x24;
const QUESTION = 0x3f;
const AT = 0x40;
const COLON = 0x3a;
const PERCENT = 0x25;
const PAREN_OPEN = 0x28;
const LESS = 0x3c;
const GREATER = 0x3e;
const SQUARE_OPEN = 0x5b;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
/** Letters and the signs between words: a placeholder has no digits. */
const PLACEHOLDER = LOWER | UPPER | UNDERSCORE | HYPHEN;

/** The closing sign may stand behind the value, where bare values end. */
function isPlaceholder(scan: Scan, start: number, end: number, closer: number): boolean {
  const close = scan.skip(start + 1, PLACEHOLDER, MAX_STATUS_WORD);
  if (closer === GREATER && close === end && close > start + 1 && scan.code(close) === 0x20) return true; // `<set to the key …>`
  return scan.code(close) === closer && (close === end || close === end - 1);
}

function isVariable(scan: Scan, start: number, end: number): boolean {
  return (
    end > start &&
    (scan.skip(start, UPPER | UNDERSCORE, end - start) === end ||
      scan.skip(start, LOWER | UNDERSCORE, end - start) === end)
  );
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
