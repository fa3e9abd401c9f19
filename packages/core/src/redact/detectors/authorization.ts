import { everyBase64Byte } from "../base64-bytes.ts";
import {
  ALNUM,
  ALPHA,
  BASE64,
  BASE64_SIGN,
  BASE64_URL,
  BLANK,
  DIGIT,
  DOT,
  EQUALS,
  HYPHEN,
  LOWER,
  TILDE,
  UPPER,
  WHITE,
  WORD,
} from "../character-class.ts";
import { headerEnd } from "../header-value.ts";
import { skipQuote } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** RFC 9110 §11.2, and the comma that some put between. */
const TOKEN68: number = BASE64_URL | BASE64_SIGN | DOT | TILDE | EQUALS;

/** RFC 6750 and RFC 7617 credentials without their header's name, and those of RFC 4616 as mail servers are sent them. */
export const bearerDetector: TextDetector = {
  id: "bearer",
  group: "credentials",
  description:
    "Credentials after the words Bearer and Basic, as they stand in an Authorization header, and after AUTH PLAIN, as mail servers are sent them",
  anchors: ["bearer", "basic", "auth plain ", "authenticate plain "],
  match: matchScheme,
  examples: () => ({
    catches: [
      `Bearer ${"a1B2".repeat(5)}`,
      `sent basic ${Buffer.from("user:hunter2").toString("base64")} to it`,
      `AUTH PLAIN ${Buffer.from("\0user\0hunter2").toString("base64")}`,
      `a1 AUTHENTICATE PLAIN ${Buffer.from("user\0user\0hunter2").toString("base64")}`,
    ],
    leaves: [
      "Bearer of bad news",
      "Basic authentication is required",
      "bearer token expired",
      'Bearer realm="api"',
      "basic v1.2.3 plan",
      "250-AUTH PLAIN LOGIN CRAM-MD5",
      "AUTH PLAIN authentication failed",
      `AUTH PLAIN ${Buffer.from("neither user nor password").toString("base64")}`,
    ],
  }),
};

function matchScheme(scan: Scan, at: number): boolean {
  if (goesOn(scan, at, WORD)) return false;
  if (scan.startsWith("auth", at)) return matchPlain(scan, at);
  const isBasic = scan.code(at + 1) === 0x61 || scan.code(at + 1) === 0x41;
  const schemeEnd = at + (isBasic ? 5 : 6);
  const start = skipGap(scan, at, schemeEnd);
  if (start === schemeEnd) return false;
  let end = scan.skip(start, TOKEN68, scan.text.length);
  while (end > start && scan.is(end - 1, DOT)) end--;
  if (isChallenge(scan, start, end)) return false;
  if (isBasic) return end - start >= 4 && isUserAndPassword(scan.text.slice(start, end)) && scan.found(start, end);
  const length = end - start;
  if (length < 8 || (length < 20 && scan.skip(start, ALPHA | HYPHEN | DOT, length) === end)) return false;
  return scan.skip(start, ALPHA & ~UPPER, length) < end && scan.found(start, end);
}

/** RFC 4954 §4, RFC 9051 §6.2.2: the mechanism's name, and its initial response. */
function matchPlain(scan: Scan, at: number): boolean {
  const start = scan.skip(scan.skip(at, ALPHA, MAX_COMMAND) + " plain ".length, BLANK, 8);
  const end = scan.skip(start, BASE64 | EQUALS, scan.text.length);
  return end - start >= MIN_PLAIN && isPlain(scan.text.slice(start, end)) && scan.found(start, end);
}

const MAX_COMMAND = 16;
const MIN_PLAIN = 8;

/** RFC 4616 §2: whom to act as, a user and a password, with a zero behind each of the first two. */
function isPlain(base64: string): boolean {
  let zeros = 0;
  let user = 0;
  let password = 0;
  const isText = everyBase64Byte(base64.slice(0, 4096), (byte, i) => {
    if (byte !== 0) return byte >= 0x20;
    zeros += 1;
    if (zeros === 1) user = i + 1;
    else password = i + 1;
    return zeros <= 2;
  });
  return isText && zeros === 2 && password > user + 1;
}

/** `realm="…"`: a word, where base64 has its padding. */
function isChallenge(scan: Scan, start: number, end: number): boolean {
  if (scan.code(end - 1) !== 0x3d || (scan.code(end) !== 0x22 && scan.code(end) !== 0x5c)) return false;
  return scan.skip(start, LOWER | HYPHEN, end - start) === end - 1;
}

/** Past the blanks between a scheme and its credentials, or past what parts two items of a list: `"Bearer", "x"`. */
function skipGap(scan: Scan, at: number, schemeEnd: number): number {
  const close = skipQuote(scan, schemeEnd);
  if (close === schemeEnd) return scan.skip(schemeEnd, BLANK, 8);
  const before = scan.code(scan.skipBack(at - (close - schemeEnd), WHITE, 24) - 1);
  if (before !== 0x2c && before !== 0x5b) return schemeEnd; // a property's value, and the next one's name
  const comma = scan.skip(close, BLANK, 8);
  if (scan.code(comma) !== 0x2c) return schemeEnd;
  const open = scan.skip(comma + 1, BLANK, 8);
  const start = skipQuote(scan, open);
  return start > open ? start : schemeEnd;
}

/** RFC 7617 §2: the base64 of text with a colon in it. Cut off, it counts while it is long. */
function isUserAndPassword(base64: string): boolean {
  let hasColon = false;
  const isText = everyBase64Byte(base64.slice(0, 4096), (byte) => {
    if (byte === 0x3a) hasColon = true;
    return byte >= 0x20 && byte !== 0x7f;
  });
  return isText && hasColon;
}

/** The header with its name: everything up to the line's end or the closing quote. */
export const authorizationDetector: TextDetector = {
  id: "authorization",
  group: "credentials",
  description: "The value of an Authorization or Proxy-Authorization header in text; its scheme stays",
  anchors: ["authorization:"],
  match: matchHeader,
  examples: () => ({
    catches: [
      `Authorization: Token ${"ab12".repeat(4)}`,
      `curl -H 'Authorization: Digest username="x", response="${"0f".repeat(16)}"'`,
      `> Proxy-Authorization: Basic ${Buffer.from("user:hunter2").toString("base64")}\r\n> Host: example.org`,
    ],
    leaves: [
      "Authorization: required",
      "authorization: none",
      "Authorization header is missing",
      "authorization: failed for user bob",
    ],
  }),
};

function matchHeader(scan: Scan, at: number): boolean {
  const value = scan.skip(at + "authorization:".length, BLANK, 8);
  const schemeEnd = scan.skip(value, ALNUM | HYPHEN, 32);
  const start = scan.is(schemeEnd, BLANK) ? scan.skip(schemeEnd, BLANK, 8) : value;
  const end = headerEnd(scan, start);
  const length = end - start;
  if (length < 4 || scan.labelEnd(start) === end) return false;
  const isSpoken = scan.skip(start, ALPHA | BLANK | HYPHEN | DOT, length) === end;
  if (isSpoken && (start === value || length < 20 || scan.skip(start, ALPHA, length) < end)) return false;
  return (!isSpoken || !scan.is(start, DIGIT)) && scan.found(start, end);
}
