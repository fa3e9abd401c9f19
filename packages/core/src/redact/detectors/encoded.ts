import { BASE64_SIGN, BASE64_URL, classOf, EQUALS as EQUALS_SIGN } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { wordLooksSecret } from "../value-judgement.ts";
import { matchPiece, PIECE_ANCHORS } from "./encoded-pieces.ts";
import { goesOn } from "../word-start.ts";

/** Shorter ones hold no secret worth the harm. */
export const MIN_LENGTH = 12;

/** What begins so in base64 is a secret wherever it stands. */
const BEGINNINGS: readonly { readonly plain: string; readonly encoded: string }[] = [
  "-----BEGIN ",
  "eyJ",
  "AKIA",
  "ASIA",
  "ghp_",
  "gho_",
  "ghs_",
  "github_pat_",
  "glpat-",
  "npm_",
  "xoxb-",
  "xoxp-",
  "postgres://",
  "postgresql://",
  "mysql://",
  "mongodb://",
  "mongodb+srv://",
  "redis://",
  "amqp://",
].map((plain) => ({
  plain,
  encoded: Buffer.from(plain)
    .toString("base64")
    .slice(0, Math.floor((plain.length * 8) / 6)),
}));

/** How much of one is decoded to see what it is. */
const MAX_LOOK = 256;
const MIN_TOKEN = 16;

/**
 * Base64 is found by no anchor: it is looked for where a value is nothing else. What it holds is searched by all detectors that are on; `user:password`
 * (RFC 7617) is known by its form.
 */
export const encodedDetector: TextDetector = {
  id: "encoded",
  group: "credentials",
  description:
    "A value that is nothing but the base64 of a text with a secret in it, or of `user:password`; anywhere, the base64 of a private key, a JWT, a database's address, or a token of AWS, GitHub, GitLab, npm or Slack, and the base64 or the hexadecimal of a text in which such a token or a password's name and value stand",
  anchors: [...new Set([...BEGINNINGS.map(({ encoded }) => encoded), ...PIECE_ANCHORS])],
  hasExactAnchors: true,
  isWhole: true,
  match: (scan, at) => matchBeginning(scan, at) || matchPiece(scan, at),
  examples: () => ({
    catches: ["bob:hunter2", "app@example.org:Tr0ub4dor!", "svc-mail:x9#kQ2-w"].map((text) =>
      Buffer.from(text).toString("base64"),
    ),
    leaves: [
      ...[
        "User:1234",
        "Order:550e8400-e29b-41d4-a716-446655440000",
        "cursor:2026-11-20T21:57:03Z",
        "status:accepted",
      ].map((text) => Buffer.from(text).toString("base64")),
      "authenticate",
      "550e8400e29b41d4a716446655440000",
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ],
  }),
};

function matchBeginning(scan: Scan, at: number): boolean {
  if (goesOn(scan, at, BASE64_URL | BASE64_SIGN)) return false;
  const known = BEGINNINGS.find(({ encoded }) => scan.startsWithExactly(encoded, at));
  if (known === undefined) return false;
  const bodyEnd = scan.skip(at, BASE64_URL | BASE64_SIGN, scan.text.length);
  const text = Buffer.from(scan.text.slice(at, Math.min(bodyEnd, at + MAX_LOOK)), "base64").toString("latin1");
  if (!text.startsWith(known.plain) || !isSecretText(text, known.plain)) return false;
  return scan.found(at, scan.skip(bodyEnd, EQUALS_SIGN, 2));
}

/** What begins like a key may be a certificate, and an address may have no password. */
function isSecretText(text: string, beginning: string): boolean {
  if (beginning.startsWith("-")) return text.slice(0, 64).includes("PRIVATE KEY");
  if (beginning === "eyJ") return text.includes(".");
  if (!beginning.endsWith("//")) return text.length - beginning.length >= MIN_TOKEN;
  const sign = text.indexOf("@");
  const colon = text.indexOf(":", beginning.length);
  return colon >= 0 && colon < sign;
}

/** The text whose base64 (RFC 4648 §4 or §5, padded or not) a value is; `undefined` when it is none, or when what it encodes is no text. */
export function decodeText(given: string): string | undefined {
  if (given.length < MIN_LENGTH) return undefined;
  // A text's bytes are mostly below 0x80, and its first character of four is then one of half the alphabet: all but text is out soon.
  if (!beginsText(given, 0) || !(beginsText(given, 4) || isWide(given)) || !beginsText(given, 8)) return undefined;
  const value = withoutWrapping(given);
  if (value.length % 4 === 1) return undefined;
  let end = value.length;
  while (end > value.length - 2 && value.charCodeAt(end - 1) === EQUALS) end--;
  for (let i = 0; i < end; i++) if ((classOf(value.charCodeAt(i)) & (BASE64_URL | BASE64_SIGN)) === 0) return undefined;
  const bytes = Buffer.from(value, "base64");
  // Of UTF-16, as Windows encodes its commands, each second byte is zero.
  const text =
    bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0 ? bytes.toString("utf16le") : bytes.toString("utf8");
  return isText(text) ? text : undefined;
}

/** Of UTF-16, as Windows encodes its commands, each second byte is zero: the fourth is the fifth character's. */
function isWide(value: string): boolean {
  const third = value.charCodeAt(2);
  return value.charCodeAt(4) === LETTER_A && (third === LETTER_A || third === LETTER_A + 1);
}

/** The base64 without its line ends (RFC 2045), and with its padding as it stands in an address. */
function withoutWrapping(value: string): string {
  const padding = value.endsWith("%3D") || value.endsWith("%3d") ? value.indexOf("%", value.length - 6) : value.length;
  const body = padding === value.length ? value : value.slice(0, padding);
  return body.includes("\n") ? body.replaceAll("\r", "").replaceAll("\n", "") : body;
}

/** RFC 7617 §2. Ids that name a type (`User:1234`), with a number or a UUID behind, are written so too. */
export function isUserAndPassword(text: string): boolean {
  const colon = text.indexOf(":");
  if (colon < 1 || colon > MAX_USER || text.length - colon > MAX_PASSWORD) return false;
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (!Array.from(user).every(isUserSign) || isTypeName(user)) return false;
  return wordLooksSecret(password) && !password.startsWith("//") && !isIdentifier(password);
}

const MAX_USER = 64;
const MAX_PASSWORD = 256;
const EQUALS = 0x3d;
const LETTER_A = 0x41;

/** `Order`, `LineItem`: a capital, then letters alone. Those of people and services who log in begin small. */
function isTypeName(user: string): boolean {
  const first = user.charAt(0);
  return first >= "A" && first <= "Z" && Array.from(user).every((sign) => sign.toLowerCase() !== sign.toUpperCase());
}

/** A UUID, a hexadecimal id, a time: digits, `a` to `f` and the signs between them alone. */
function isIdentifier(password: string): boolean {
  return Array.from(password).every((sign) => "0123456789abcdefABCDEF-:.TZ+".includes(sign));
}

function isUserSign(sign: string): boolean {
  return sign > " " && sign < "\u007f" && !"/?#[]{}()<>\"'\\,;=&|".includes(sign);
}

/** `I` to `Z` and `a` to `f`: the six bits of a byte from 0x20 to 0x7f. `C` and `D`: of tabs and line ends. */
function beginsText(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return (code >= 0x49 && code <= 0x5a) || (code >= 0x61 && code <= 0x66) || code === 0x43 || code === 0x44;
}

/** Of UTF-8 that is well-formed, without control characters other than blanks and line ends. */
function isText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd || code === 0x7f || (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d))
      return false;
  }
  return true;
}
