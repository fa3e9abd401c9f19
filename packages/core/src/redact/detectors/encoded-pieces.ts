import { BASE64_SIGN, BASE64_URL, classOf, EQUALS, HEX } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import { wordLooksSecret } from "../value-judgement.ts";
import { wordStart } from "../word-start.ts";

/** Names and beginnings of tokens that give away a secret in the middle of a text that is encoded. */
const NAMES: readonly string[] = [
  "password",
  "Password",
  "PASSWORD",
  "passwd",
  "secret",
  "SECRET",
  "access_token",
  "auth_token",
  "api_key",
  "apiKey",
  "API_KEY",
  "authorization",
  "Authorization",
];
const TOKENS: readonly string[] = [
  "AKIA",
  "ghp_",
  "gho_",
  "ghs_",
  "github_pat_",
  "glpat-",
  "npm_",
  "sk_live_",
  "sk-ant-",
  "sk-proj-",
  "xoxb-",
  "xoxp-",
];

/** What follows in text is judged by so many characters. */
const MAX_VALUE = 48;
const MIN_VALUE = 6;
const MIN_TOKEN = 16;

/** A piece as it looks in the middle of base64 or hexadecimal text. */
interface EncodedPiece {
  readonly encoded: string;
  readonly plain: string;
  readonly isName: boolean;
  /** Base64: bytes of a group of three that stand before it. Hexadecimal: -1. */
  readonly phase: number;
}

const HEXADECIMAL = -1;

/** Of a piece that begins with the second or third byte of a group, the digits that it alone decides. */
function inBase64(plain: string, isName: boolean): EncodedPiece[] {
  return [0, 1, 2].map((phase) => {
    const encoded = Buffer.from("\0".repeat(phase) + plain).toString("base64");
    const from = DIGITS_BEFORE[phase] ?? 0;
    return { encoded: encoded.slice(from, Math.floor(((phase + plain.length) * 8) / 6)), plain, isName, phase };
  });
}

/** Digits of a group of four that stand before the first that a piece decides alone, by the phase. */
const DIGITS_BEFORE: readonly number[] = [0, 2, 3];

/** In small letters, as most write it, and in capitals, as databases, Java and .NET do. */
function inHexadecimal(plain: string, isName: boolean): EncodedPiece[] {
  const small = Buffer.from(plain).toString("hex");
  const spellings = new Set([small, small.toUpperCase()]);
  return Array.from(spellings, (encoded) => ({ encoded, plain, isName, phase: HEXADECIMAL }));
}

const PIECES: readonly EncodedPiece[] = [inBase64, inHexadecimal].flatMap((encode) => [
  ...NAMES.flatMap((name) => encode(name, true)),
  ...TOKENS.flatMap((token) => encode(token, false)),
]);

/** By what they begin with. */
const BY_BEGINNING: ReadonlyMap<string, readonly EncodedPiece[]> = new Map(
  PIECES.map(({ encoded }) => [
    beginning(encoded),
    PIECES.filter((other) => beginning(other.encoded) === beginning(encoded)),
  ]),
);

function beginning(text: string): string {
  return text.slice(0, 4);
}

/** Where the detector is to look. */
export const PIECE_ANCHORS: readonly string[] = PIECES.map(({ encoded }) => encoded);

/** Whether the anchor at `at` stands in base64 or hexadecimal text that gives away a secret. The whole run of digits is one then. */
export function matchPiece(scan: Scan, at: number): boolean {
  const pieces = BY_BEGINNING.get(beginning(scan.text.slice(at, at + 4)));
  return (
    pieces !== undefined &&
    pieces.some((piece) => scan.startsWithExactly(piece.encoded, at) && isGiven(scan, at, piece))
  );
}

function isGiven(scan: Scan, at: number, { plain, isName, phase }: EncodedPiece): boolean {
  const isHex = phase === HEXADECIMAL;
  const digits = isHex ? HEX : BASE64_URL | BASE64_SIGN;
  const from = at - (DIGITS_BEFORE[phase] ?? 0);
  if (from < scan.floor) return false;
  const length = Math.ceil((plain.length + MAX_VALUE) * (isHex ? 2 : 4 / 3)) + 4;
  const near = scan.text.slice(from, scan.skip(from, digits, length));
  scan.steps += near.length;
  const text = Buffer.from(near, isHex ? "hex" : "base64").toString("latin1");
  const begins = Math.max(0, phase);
  if (!text.startsWith(plain, begins) || !givesAway(text.slice(begins + plain.length), isName)) return false;
  const end = scan.skip(from, digits, scan.text.length);
  const start = wordStart(scan, scan.skipBack(at, digits, scan.text.length));
  return scan.found(start, isHex ? end : scan.skip(end, EQUALS, 2));
}

/** Whether what follows a name is a value, and what follows a token's beginning the rest of it. */
function givesAway(rest: string, isName: boolean): boolean {
  let i = 0;
  if (!isName) {
    while (i < MIN_TOKEN && (classOf(rest.charCodeAt(i)) & BASE64_URL) !== 0) i++;
    return i === MIN_TOKEN;
  }
  while (i < rest.length && JOINT.includes(rest.charAt(i))) i++;
  if (!SIGNS.some((sign) => rest.slice(0, i).includes(sign))) return false;
  i += SCHEMES.find((scheme) => rest.startsWith(scheme, i))?.length ?? 0;
  let end = i;
  while (end < rest.length && rest.charCodeAt(end) > 0x20 && !VALUE_ENDS.includes(rest.charAt(end))) end++;
  return end - i >= MIN_VALUE && wordLooksSecret(rest.slice(i, end));
}

/** Between a name and its value. */
const JOINT = "\"'\\ :=";
const SIGNS: readonly string[] = [":", "="];
const SCHEMES: readonly string[] = ["Bearer ", "bearer ", "Basic ", "basic ", "token "];
const VALUE_ENDS = "\"'\\,;&}";
