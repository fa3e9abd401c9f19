import { BLANK, WHITE, WORD, HYPHEN } from "./character-class.ts";
import { nameTokens } from "./name-tokens.ts";
import type { Scan } from "./scan.ts";

/** Names that are a secret's where the one is a property of the other: `{ api: { key: "x" } }`. Others, such as `storage.key`, mean something else then. */
const NESTED: ReadonlySet<string> = new Set(
  (
    "apikey apikeys accesskey accesskeys privatekey encryptionkey encryptionkeys decryptionkey signingkey sshkey authkey hmackey jwtkey aeskey rsakey " +
    "licensekey webhookkey cardnumber connectionstring connstring seedphrase recoveryphrase recoverycode recoverycodes backupcodes securitycode cardcode"
  ).split(" "),
);

/** The second of them. */
const PARTS: ReadonlySet<string> = new Set(["key", "keys", "number", "string", "phrase", "code", "codes"]);

const LONGEST_PART = 6;
const MAX_PARENT = 48;
const MAX_WHITE = 64;

/** Whether a name, in any case, may be a secret's under that of what it is a property of. */
export function isPart(name: string): boolean {
  return name.length <= LONGEST_PART && PARTS.has(name.toLowerCase());
}

/** Whether a name that {@link isPart} is a secret's under this one. */
export function isNestedSecret(parent: string, name: string): boolean {
  const tokens = nameTokens(parent);
  return NESTED.has((tokens[tokens.length - 1] ?? "") + name.toLowerCase());
}

/** In text, of the first property of an object alone: the name before it, of JSON or YAML; empty without one. */
export function parentName(scan: Scan, nameStart: number): string {
  const open = scan.skipBack(nameStart, WHITE, MAX_WHITE);
  const isLine = scan.code(nameStart - 1) !== QUOTE && scan.code(open - 1) === COLON && open < nameStart;
  const sign = isLine ? open - 1 : objectSign(scan, nameStart);
  if (scan.code(sign) !== COLON) return "";
  let end = scan.skipBack(sign, BLANK, 4);
  while (scan.code(end - 1) === QUOTE || scan.code(end - 1) === APOSTROPHE || scan.code(end - 1) === BACKSLASH) end--;
  return scan.text.slice(scan.skipBack(end, WORD | HYPHEN, MAX_PARENT), end);
}

/** The sign before the bracket of the object whose first property begins at `nameStart`, -1 without one. */
function objectSign(scan: Scan, nameStart: number): number {
  let i = nameStart;
  while (scan.code(i - 1) === QUOTE || scan.code(i - 1) === APOSTROPHE || scan.code(i - 1) === BACKSLASH) i--;
  i = scan.skipBack(i, WHITE, MAX_WHITE);
  if (scan.code(i - 1) !== CURLY_OPEN) return -1;
  i = scan.skipBack(i - 1, WHITE, MAX_WHITE);
  if (scan.code(i - 1) === SQUARE_OPEN) i = scan.skipBack(i - 1, WHITE, MAX_WHITE);
  return i - 1;
}

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const COLON = 0x3a;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CURLY_OPEN = 0x7b;
