import { BASE64, BLANK, EQUALS, LINE_END } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** How far from `BEGIN` the words `PRIVATE KEY` may stand. */
const MAX_LABEL = 64;

/** RFC 7468 and its forerunners (RFC 1421), PGP (RFC 9580), SSH2 (RFC 4716), with line ends raw, escaped or missing. */
export const privateKeyDetector: TextDetector = {
  id: "private-key",
  group: "credentials",
  description: "PEM, OpenSSH and PGP private keys, also on one line, with escaped line ends, or cut off",
  anchors: ["BEGIN "],
  match: matchPrivateKey,
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
      ],
      leaves: [
        `${begin}CERTIFICATE${"-".repeat(5)}\n${line}`,
        "BEGIN TRANSACTION",
        `${begin}PUBLIC KEY${"-".repeat(5)}\n${line}`,
      ],
    };
  },
};

function matchPrivateKey(scan: Scan, at: number): boolean {
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
