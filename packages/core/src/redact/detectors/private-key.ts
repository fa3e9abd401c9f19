import { BASE64, BLANK, DIGIT, EQUALS, LINE_END } from "../character-class.ts";
import { skipLineSign } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** How far from `BEGIN` the words `PRIVATE KEY` may stand. */
const MAX_LABEL = 64;

/** What stands near the beginning of the base64 of a key without its frame: of RSA (PKCS #8, PKCS #1), of elliptic curves, of Ed25519 and X25519. */
const DER_PIECES: readonly string[] = [
  "BgkqhkiG9w0BAQEFAASC",
  "IBAAKCAQEA",
  "IBAAKCAgEA",
  "AgEAMBMGByqGSM49AgEG",
  "AgEAMBAGByqGSM49AgEG",
  "AQAwBQYDK2VwBCIEI",
  "AQAwBQYDK2VuBCIEI",
];

/** They stand no further from the beginning. */
const MAX_DER_HEAD = 16;
const MIN_DER = 56;

/** RFC 7468 and its forerunners (RFC 1421), PGP (RFC 9580), SSH2 (RFC 4716), with line ends raw, escaped or missing. */
export const privateKeyDetector: TextDetector = {
  id: "private-key",
  group: "credentials",
  description:
    "PEM, OpenSSH, PuTTY and PGP private keys, also on one line, with escaped line ends, without their first line, or cut off",
  anchors: ["BEGIN ", "private-lines: ", ...DER_PIECES],
  match: (scan, at) => matchPrivateKey(scan, at) || matchPuttyKey(scan, at) || matchDer(scan, at),
  examples: () => {
    const begin = `${"-".repeat(5)}BEGIN `;
    const end = `${"-".repeat(5)}END `;
    const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(2);
    const tail = `PRIVATE KEY${"-".repeat(5)}`;
    return {
      catches: [
        `${begin}${tail}\n${line}\n${line}\n${end}${tail}\n`,
        `${begin}RSA ${tail}\\n${line}\\n${end}RSA ${tail}`,
        `key: ${begin}EC ${tail}\n${line}`,
        `Private-Lines: 2\n${line}\n${line}\nPrivate-MAC: 0f`,
        ...DER_PIECES.map((piece) => `MIIE${piece}${line}`),
      ],
      leaves: [
        `${begin}CERTIFICATE${"-".repeat(5)}\nMIIDXTCCAkWgAwIBAgIJAKoK${"b3Rs".repeat(20)}`,
        "BEGIN TRANSACTION",
        `${begin}PUBLIC KEY${"-".repeat(5)}\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A${"b3Rs".repeat(20)}`,
      ],
    };
  },
};

/** The lines of a PuTTY key behind their count. */
function matchPuttyKey(scan: Scan, at: number): boolean {
  if (!scan.startsWith("private-lines: ", at)) return false;
  const count = scan.skip(at + "private-lines: ".length, DIGIT, 4);
  let start = count;
  for (let next = skipLineSign(scan, start); next > start; next = skipLineSign(scan, start)) start = next;
  const end = bodyEnd(scan, start);
  return start > count && end > start && scan.labelEnd(start) < 0 && scan.found(start, end);
}

/** DER (X.690) in base64: a sequence begins with `MI` or, shorter ones, with `MC`. */
function matchDer(scan: Scan, at: number): boolean {
  if (!DER_PIECES.some((piece) => scan.startsWithExactly(piece, at))) return false;
  const start = scan.skipBack(at, BASE64, MAX_DER_HEAD + 1);
  if (
    at - start > MAX_DER_HEAD ||
    scan.code(start) !== 0x4d ||
    !(scan.code(start + 1) === 0x49 || scan.code(start + 1) === 0x43)
  )
    return false;
  const end = scan.skip(scan.skip(at, BASE64, scan.text.length), EQUALS, 2);
  return end - start >= MIN_DER && scan.found(start, end);
}

function matchPrivateKey(scan: Scan, at: number): boolean {
  if (!scan.startsWith("begin ", at)) return false;
  const start = scan.skipBack(at, HYPHENS, 8);
  if (at - start < 4) return false;
  let i = at + "BEGIN ".length;
  const limit = i + MAX_LABEL;
  while (i < limit && !scan.startsWith("private key", i)) {
    const code = scan.code(i);
    if (!(code === 0x20 || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a))) return false;
    i++;
  }
  if (i >= limit) return false;
  i = skipWord(scan, i + "PRIVATE KEY".length, " block");
  return scan.found(start, bodyEnd(scan, scan.skip(i, HYPHENS, 8)));
}

const HYPHENS = 32;

/** Where the body, its END line included, stops: it goes on as long as it can be a key's. */
function bodyEnd(scan: Scan, from: number): number {
  let i = from;
  for (;;) {
    const next = scan.skip(i, BASE64 | EQUALS | BLANK | LINE_END, scan.text.length);
    const escape = scan.code(next) === 0x5c ? escapedLineEnd(scan, next) : 0;
    if (escape > 0) i = next + escape;
    else if (isHeader(scan, next)) i = scan.skip(next, HEADER_MARKS, 16);
    else return endLine(scan, next);
  }
}

/** The colon and the comma of `Proc-Type: 4,ENCRYPTED`, and the hyphen of its name. */
const HEADER_MARKS = 32;

function isHeader(scan: Scan, at: number): boolean {
  return scan.code(at) === 0x2d && scan.code(at + 1) !== 0x2d;
}

function escapedLineEnd(scan: Scan, at: number): number {
  let i = at;
  while (scan.code(i) === 0x5c && i - at < 8) i++;
  const code = scan.code(i);
  return code === 0x6e || code === 0x72 ? i + 1 - at : 0;
}

function endLine(scan: Scan, at: number): number {
  const hyphens = scan.skip(at, HYPHENS, 8);
  if (hyphens - at < 4 || !scan.startsWith("end ", hyphens)) return at;
  let i = hyphens;
  while (i - hyphens < MAX_LABEL && !Number.isNaN(scan.code(i)) && scan.code(i) !== 0x2d) i++;
  return scan.skip(i, HYPHENS, 8);
}

function skipWord(scan: Scan, at: number, word: string): number {
  return scan.startsWith(word, at) ? at + word.length : at;
}
