import { everyBase64Byte } from "../base64-bytes.ts";
import { BASE64, BLANK, DIGIT, EQUALS, HYPHEN, LINE_END, WORD } from "../character-class.ts";
import { skipLineSign } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** What a server asks for the password with: the base64 of `Password:`. */
const PROMPT = "334 UGFzc3dvcmQ6";
const COMMAND = "auth login";

/** AUTH LOGIN (draft-murchison-sasl-login): a user's name and a password, each in base64 and in a line of its own. */
export const mailLoginDetector: TextDetector = {
  id: "mail-login",
  group: "credentials",
  description: "The password in the lines behind AUTH LOGIN, or behind a mail server's prompt for one",
  anchors: [PROMPT, COMMAND],
  match: (scan, at) => {
    if (goesOn(scan, at, WORD)) return false;
    return scan.startsWith(COMMAND, at) ? matchCommand(scan, at) : matchPrompt(scan, at);
  },
  examples: () => {
    const user = Buffer.from("bob@example.org").toString("base64");
    const password = Buffer.from("hunter2").toString("base64");
    return {
      catches: [
        `C: AUTH LOGIN\r\nS: 334 VXNlcm5hbWU6\r\nC: ${user}\r\nS: ${PROMPT}\r\nC: ${password}\r\nS: 235 ok`,
        `> AUTH LOGIN\n> ${user}\n> ${password}`,
        `AUTH LOGIN ${user}\\r\\n${password}\\r\\n`,
        `${PROMPT}\n${password}`,
      ],
      leaves: [
        "250-AUTH LOGIN PLAIN CRAM-MD5\r\n250-STARTTLS\r\n250 HELP",
        `AUTH LOGIN ${user}\r\n535 authentication failed`,
        `AUTH LOGIN\r\n${user}\r\n535 authentication failed`,
        `S: ${PROMPT}\r\nC: *\r\nS: 501 cancelled`,
        "AUTH LOGIN failed\nuser test\nfrom host",
      ],
    };
  },
};

function matchCommand(scan: Scan, at: number): boolean {
  const from = scan.skip(at + COMMAND.length, BLANK, 8);
  const hasUser = !isLineEnd(scan, from);
  const user = hasUser ? credentialEnd(scan, from) : lineCredential(scan, from).end;
  return user > from && matchLine(scan, user);
}

function matchPrompt(scan: Scan, at: number): boolean {
  return scan.startsWithExactly(PROMPT, at) && matchLine(scan, at + PROMPT.length);
}

/** The password in the line below the one that ends at `lineEnd`. */
function matchLine(scan: Scan, lineEnd: number): boolean {
  const { start, end } = lineCredential(scan, lineEnd);
  return end > start && scan.found(start, end);
}

/** What stands in base64 in the line below the one that ends at `lineEnd`, behind nothing but what says who sent it. */
function lineCredential(scan: Scan, lineEnd: number): { readonly start: number; readonly end: number } {
  let start = lineEnd;
  for (let next = skipLineSign(scan, start); next > start && start - lineEnd < MAX_LINE_SIGN;) {
    start = next;
    next = skipLineSign(scan, start);
  }
  if (start === lineEnd) return { start, end: start };
  const sender = senderEnd(scan, start);
  return { start: sender, end: credentialEnd(scan, sender) };
}

/** CR and LF, each of them escaped twice. */
const MAX_LINE_SIGN = 8;

/** Past `C: `, `> `, `<-- ` and their like. */
function senderEnd(scan: Scan, from: number): number {
  let i = scan.skip(from, BLANK, 8);
  const limit = i + MAX_SENDER;
  while (i < limit && !scan.is(i, BLANK | LINE_END)) i++;
  scan.steps += i - from;
  return i > from && scan.is(i, BLANK) && !scan.is(from, DIGIT) ? scan.skip(i, BLANK, 8) : scan.skip(from, BLANK, 8);
}

const MAX_SENDER = 4;

/** Where base64 ends that is all of the rest of the line and encodes a text; `from` when there is none. */
function credentialEnd(scan: Scan, from: number): number {
  const padding = scan.skip(from, BASE64, MAX_CREDENTIAL);
  const end = scan.skip(padding, EQUALS, 2);
  const length = end - from;
  const isWhole = isLineEnd(scan, scan.skip(end, BLANK, 8)) && !scan.is(end, HYPHEN);
  return length >= 4 && length % 4 === 0 && isWhole && isText(scan.text.slice(from, end)) ? end : from;
}

const MAX_CREDENTIAL = 1024;

function isLineEnd(scan: Scan, at: number): boolean {
  return scan.code(at) < 0 || skipLineSign(scan, at) > at || QUOTES.has(scan.code(at));
}

/** A text that holds the lines may end there. */
const QUOTES: ReadonlySet<number> = new Set(Array.from("\"'`\\", (sign) => sign.charCodeAt(0)));

function isText(base64: string): boolean {
  let isAscii = true;
  const isPrintable = everyBase64Byte(base64, (byte) => {
    if (byte > 127) isAscii = false;
    return byte >= 0x20 && byte !== 0x7f;
  });
  return isPrintable && (isAscii || !Buffer.from(base64, "base64").toString("utf8").includes("\uFFFD"));
}
