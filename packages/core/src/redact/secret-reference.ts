import { DIGIT, DOT, HYPHEN, LOWER, UNDERSCORE, UPPER, WORD } from "./character-class.ts";
import { isQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isEndOfSecretName } from "./secret-names.ts";

/** Whether a value says where a secret is, or what a program puts there: `${DB_PASSWORD}`, `$newPassword`, `$1`, `#{password}`, `%(password)s`, `$(pass show db)`, `{{ password }}`, `<password>`, `%s`, `process.env.DB_PASSWORD`, `arn:aws:…`, `[REDACTED]`. */
export function isReference(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  const second = scan.code(start + 1);
  const last = scan.code(end - 1);
  if (first === DOLLAR)
    return (
      second === CURLY_OPEN ||
      second === PAREN_OPEN ||
      isVariable(scan, start + 1, end) ||
      isSecretsVariable(scan, start + 1, end) ||
      scan.skip(start + 1, DIGIT, 2) === end
    );
  if (first === COLON || first === AT || first === QUESTION) return isSqlParameter(scan, start, end);
  if (first === HASH) return second === CURLY_OPEN && isClosed(scan, start, end);
  if (first === CURLY_OPEN) return second === CURLY_OPEN;
  if (first === LESS || first === SQUARE_OPEN)
    return isPlaceholder(scan, start, end, first === LESS ? GREATER : SQUARE_CLOSE);
  if (first === PERCENT && second === PAREN_OPEN) return isFormat(scan, end);
  if (first === PERCENT) return end - start === 2 || (last === PERCENT && isVariable(scan, start + 1, end - 1));
  return BEGINNINGS.has(first | CASE_BIT) && isWorded(scan, start, end);
}

function isWorded(scan: Scan, start: number, end: number): boolean {
  if (REFERENCES.some((each) => scan.startsWith(each, start))) return true;
  return isArn(scan, start) || isVals(scan, start) || isAccountToken(scan, start, end);
}

/** What names a place where a secret is: variables, 1Password. */
const REFERENCES: readonly string[] = ["process.env.", "os.environ", "op://"];

/**
 * Whether the bracket of `#{` is closed: by the value's last sign, or behind the value, where that ends at a blank, a bracket or a quote inside (`"#{ENV["X"]}"`).
 */
function isClosed(scan: Scan, start: number, end: number): boolean {
  if (scan.code(end - 1) === CURLY_CLOSE) return true;
  if (isQuote(scan.code(start - 1)) && !scan.is(end + 1, WORD)) return false;
  let i = end;
  while (i - end < MAX_VARIABLE && scan.code(i) >= 0x20 && scan.code(i) !== CURLY_CLOSE) i++;
  scan.steps += i - end;
  return scan.code(i) === CURLY_CLOSE;
}

/** Of `%(password)s` the end; a full stop may stand behind it. */
function isFormat(scan: Scan, end: number): boolean {
  const stop = scan.is(end - 1, DOT) ? end - 1 : end;
  return scan.code(stop - 2) === PAREN_CLOSE && scan.is(stop - 1, LOWER);
}

/** `ref+vault://…`, as vals and helmfile have it. */
function isVals(scan: Scan, start: number): boolean {
  if (!scan.startsWith(VALS, start)) return false;
  return scan.startsWith("://", scan.skip(start + VALS.length, LOWER | DIGIT | HYPHEN, MAX_SERVICE));
}

/** `default-token-x7k2p`: the name of the token of a Kubernetes account, with five signs drawn for it. */
function isAccountToken(scan: Scan, start: number, end: number): boolean {
  const drawn = start + ACCOUNT_TOKEN.length;
  return end - drawn === 5 && scan.startsWith(ACCOUNT_TOKEN, start) && scan.skip(drawn, LOWER | DIGIT, 5) === end;
}

const ACCOUNT_TOKEN = "default-token-";

/** `?`, `?1`, `:password`, `:p0`, `@p0`, `@password`: what a statement has in the place of a value. */
function isSqlParameter(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  if (first === QUESTION) return scan.skip(start + 1, DIGIT, 3) === end;
  const letters = scan.skip(start + 1, LOWER | UPPER | UNDERSCORE, MAX_VARIABLE);
  if (letters === start + 1 || scan.skip(letters, DIGIT, 2) !== end) return false;
  return end - start <= 4 || isParameterOfSecret(scan.text.slice(start + 1, letters).toLowerCase());
}

/** `newPassword`; `password_hash`, since a statement writes the one into the column of the other. */
function isParameterOfSecret(name: string): boolean {
  return isEndOfSecretName(name) || name.endsWith("pass") || name.endsWith("hash");
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
const VALS = "ref+";

/** With what those begin that begin with a word. */
const BEGINNINGS: ReadonlySet<number> = new Set(
  [...REFERENCES, ARN, VALS, ACCOUNT_TOKEN].map((text) => text.charCodeAt(0)),
);
const CASE_BIT = 0x20;
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
const PAREN_CLOSE = 0x29;
const LESS = 0x3c;
const GREATER = 0x3e;
const SQUARE_OPEN = 0x5b;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
/** Letters and the signs between words: a placeholder has no digits. */
const MAX_PLACEHOLDER = 16;
const PLACEHOLDER = LOWER | UPPER | UNDERSCORE | HYPHEN;

/** The closing sign may stand behind the value, where bare values end. */
function isPlaceholder(scan: Scan, start: number, end: number, closer: number): boolean {
  const close = scan.skip(start + 1, PLACEHOLDER, MAX_PLACEHOLDER);
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
