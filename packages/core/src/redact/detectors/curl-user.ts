import { BLANK, DIGIT } from "../character-class.ts";
import { isQuote, quotedEnd } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { looksSecret } from "../value-judgement.ts";

/** How far into the command the option is looked for. */
const MAX_COMMAND = 2048;

/** curl(1), `--user`: the password stands behind the user's name. */
export const curlUserDetector: TextDetector = {
  id: "curl-user",
  group: "credentials",
  description: "The password in `curl -u user:password`, or a token in the place of its user",
  anchors: ["curl "],
  match: matchCommand,
  examples: () => ({
    catches: [
      `curl -u bob:hunter2 https://example.org`,
      `curl -s --user "bob:hunter2" https://example.org`,
      `curl -subob:hunter2 x`,
      `curl https://example.org \\\n  -H 'Accept: */*' \\\n  -u bob:hunter2`,
      `curl --user ":hunter2" https://example.org`,
      `curl -u '${"a1B2".repeat(6)}:' https://example.org`,
      `curl -u 'bob':"hunter2" https://example.org`,
    ],
    leaves: [
      "curl -u bob https://example.org",
      "curl --negotiate -u : https://example.org",
      "curl -u bob: https://example.org",
      "curl https://example.org\nls -u bob:hunter2",
      "curl https://example.org -o a:b",
      "docker run -u 1000:1000 curl image",
    ],
  }),
};

function matchCommand(scan: Scan, at: number): boolean {
  const stop = Math.min(scan.text.length, at + MAX_COMMAND);
  const from = Math.max(at + "curl".length, scan.commandUntil);
  let i = from;
  for (; i < stop; i++) {
    const code = scan.code(i);
    if (code === LINE_FEED && !isContinued(scan, i)) break;
    if (code === HYPHEN && scan.is(i - 1, BLANK)) {
      const value = optionValue(scan, i);
      if (value > 0) {
        scan.commandUntil = value;
        return matchPassword(scan, value);
      }
    }
  }
  scan.steps += i - from;
  scan.commandUntil = i;
  return false;
}

/** Whether the command goes on behind the line's end at `at`. */
function isContinued(scan: Scan, at: number): boolean {
  return scan.code(at - (scan.code(at - 1) === CARRIAGE_RETURN ? 2 : 1)) === BACKSLASH;
}

/** Where the value of `-u x`, `-ux`, `-sux`, `--user x` or `--user=x` begins; 0 for another option. */
function optionValue(scan: Scan, at: number): number {
  if (scan.startsWith("--user", at)) {
    const end = at + "--user".length;
    return scan.code(end) === EQUALS ? end + 1 : scan.is(end, BLANK) ? scan.skip(end, BLANK, 8) : 0;
  }
  for (let i = at + 1; i < at + 6 && scan.code(i) > 0x40; i++)
    if (scan.code(i) === LETTER_U) return scan.skip(i + 1, BLANK, 8);
  return 0;
}

function matchPassword(scan: Scan, at: number): boolean {
  const start = partStart(scan, at);
  const end = partEnd(scan, at);
  let colon = start;
  while (colon < end && scan.code(colon) !== COLON) colon++;
  scan.steps += end - start;
  if (colon === end) {
    if (start === at || scan.code(end + 1) !== COLON) return false;
    return isPassword(scan, partStart(scan, end + 2), partEnd(scan, end + 2)); // 'user':'password'
  }
  if (colon + 1 === end)
    return looksSecret(scan, start, colon) && scan.labelEnd(start) !== colon && scan.found(start, colon);
  return isPassword(scan, colon + 1, end);
}

function isPassword(scan: Scan, start: number, end: number): boolean {
  return end > start && scan.labelEnd(start) !== end && scan.skip(start, DIGIT, 8) < end && scan.found(start, end);
}

/** Behind the quote of what begins at `at`. */
function partStart(scan: Scan, at: number): number {
  return isQuote(scan.code(at)) ? at + 1 : at;
}

function partEnd(scan: Scan, at: number): number {
  return isQuote(scan.code(at)) ? quotedEnd(scan, at + 1, 0, scan.code(at)) : wordEnd(scan, at);
}

function wordEnd(scan: Scan, start: number): number {
  let i = start;
  while (scan.code(i) > 0x20 && !isQuote(scan.code(i)) && scan.code(i) !== BACKSLASH) i++;
  scan.steps += i - start;
  return i;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const HYPHEN = 0x2d;
const COLON = 0x3a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
