import { BASE64, BASE64_URL, BLANK, DIGIT, EQUALS, LINE_END } from "../character-class.ts";
import { skipLineSign } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { wordStart } from "../word-start.ts";

/** How far from `BEGIN` the words `PRIVATE KEY` may stand. */
const MAX_LABEL = 64;

/** A key's END line stands no further from its BEGIN: one of RSA with 16,384 bits has 13,000 characters. */
const MAX_KEY = 16_384;

/** What stands near the beginning of the base64 of a key without its frame: of RSA (PKCS #8, PKCS #1), of elliptic curves (PKCS #8, SEC 1), of Ed25519, Ed448, X25519 and X448, of DSA and of OpenSSH, and of any that is encrypted (PKCS #8, RFC 8018). */
const DER_PIECES: readonly string[] = [
  "BgkqhkiG9w0BAQEFAASC",
  "IBAAKCAQEA",
  "IBAAKCAgEA",
  "IBAAKCAYEA",
  "IBAAKBgQ",
  "MHcCAQEEI",
  "MIGkAgEBBD",
  "MIHcAgEBBE",
  "b3BlbnNzaC1rZXktdjE",
  "AgEAMBMGByqGSM49AgEG",
  "AgEAMBAGByqGSM49AgEG",
  "AQAwBQYDK2VwBCIEI",
  "AQAwBQYDK2VuBCIEI",
  "MHQCAQEEI",
  "AQAwBQYDK2VxBDsEO",
  "AQAwBQYDK2VvBDoEO",
  "IBADALBgkqhkiG9w0BAQoE",
  "IBADCCA",
  "BgkqhkiG9w0BBQ0w",
  "CSqGSIb3DQEFDT",
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

/** Behind the `M` that a sequence begins with in base64: of long ones, and of those with 46 or 48, with 70 or 71, and with 116 or 119 bytes. */
const SEQUENCE_SECONDS: ReadonlySet<number> = new Set(Array.from("ICEH", (letter) => letter.charCodeAt(0)));

/** DER (X.690) in base64. OpenSSH's own form begins with its name. */
function matchDer(scan: Scan, at: number): boolean {
  const piece = DER_PIECES.find((each) => scan.startsWithExactly(each, at));
  if (piece === undefined) return false;
  const start = wordStart(scan, scan.skipBack(at, BASE64, MAX_DER_HEAD + 1));
  const second = scan.code(start + 1);
  const isSequence = scan.code(start) === 0x4d && SEQUENCE_SECONDS.has(second);
  if (at - start > MAX_DER_HEAD || !(isSequence || (start === at && piece.startsWith("b3Bl")))) return false;
  const end = linesEnd(scan, start, scan.skip(at, BASE64, scan.text.length));
  return end - start >= MIN_DER && scan.found(start, end);
}

/** Where the base64 ends whose first line ends at `firstEnd`: it goes on in lines of the same length, of which the last may be shorter. */
function linesEnd(scan: Scan, start: number, firstEnd: number): number {
  const width = firstEnd - start;
  let end = firstEnd;
  for (let isFull = width >= MIN_LINE; isFull;) {
    let next = end;
    for (let after = skipLineSign(scan, next); after > next; after = skipLineSign(scan, next)) next = after;
    const stop = scan.skip(next, BASE64, width + 1);
    const padded = scan.skip(stop, EQUALS, 2);
    if (next === end || stop === next || stop - next > width) break;
    if (stop - next < width && ((padded - next) % 4 !== 0 || scan.is(padded, BLANK))) break; // a word in the line below
    end = stop;
    isFull = stop - next === width;
  }
  return endLine(scan, scan.skip(end, EQUALS, 2));
}

/** RFC 7468 has 64, RFC 2045 up to 76, OpenSSH 70. */
const MIN_LINE = 60;

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
  i = scan.skip(skipWord(scan, i + "PRIVATE KEY".length, " block"), HYPHENS, 8);
  const framed = frameEnd(scan, i);
  return scan.found(start, framed < 0 ? bodyEnd(scan, headersEnd(scan, i)) : framed);
}

/** Behind the END line of the key whose BEGIN line ends at `from`, whatever parts its lines or stands before each; -1 where it has none nearby. */
function frameEnd(scan: Scan, from: number): number {
  const end = Math.min(scan.nextOf("--END ", from), scan.nextOf("-- END ", from));
  if (end - from > MAX_KEY || end >= scan.text.length) return -1;
  if (Math.min(scan.nextOf("--BEGIN ", from), scan.nextOf("-- BEGIN ", from)) < end) return -1;
  const label = scan.skip(end, HYPHENS | BLANK, 4) + "END ".length;
  for (let i = label; i < label + MAX_LABEL && scan.code(i) > 0x1f && scan.code(i) !== 0x2d; i++)
    if (scan.startsWith("private key", i))
      return scan.skip(skipWord(scan, i + "PRIVATE KEY".length, " block"), HYPHENS, 8);
  return -1;
}

/** Past the headers of a key (RFC 1421's `Proc-Type: 4,ENCRYPTED`, PGP's `Version:`), each of which has a line of its own. */
function headersEnd(scan: Scan, from: number): number {
  let i = from;
  for (let n = 0; n < MAX_HEADERS; n++) {
    const line = skipLineSign(scan, skipLineSign(scan, i));
    const name = scan.skip(line, BASE64_URL, MAX_HEADER_NAME);
    if (line === i || name === line || scan.code(name) !== 0x3a) break;
    i = name;
    while (scan.code(i) >= 0 && skipLineSign(scan, i) === i) i++;
    scan.steps += i - name;
  }
  return i;
}

const MAX_HEADERS = 8;
const MAX_HEADER_NAME = 32;

const HYPHENS = 32;

/** Where the body of a key that was cut off stops: it goes on as long as it can be a key's. */
function bodyEnd(scan: Scan, from: number): number {
  let i = from;
  for (;;) {
    const next = scan.skip(i, BASE64 | EQUALS | BLANK | LINE_END, scan.text.length);
    const escape = scan.code(next) === 0x5c ? escapedLineEnd(scan, next) : 0;
    if (escape > 0) i = next + escape;
    else if (isInWord(scan, next)) i = scan.skip(next, HYPHENS, 16);
    else return endLine(scan, next);
  }
}

function isInWord(scan: Scan, at: number): boolean {
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
  while (i - hyphens < MAX_LABEL && scan.code(i) >= 0 && scan.code(i) !== 0x2d) i++;
  return scan.skip(i, HYPHENS, 8);
}

function skipWord(scan: Scan, at: number, word: string): number {
  return scan.startsWith(word, at) ? at + word.length : at;
}
