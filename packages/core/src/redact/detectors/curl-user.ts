import { BLANK, DIGIT } from "../character-class.ts";
import { isQuote, quotedEnd } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** How far into the command the option is looked for. */
const MAX_COMMAND = 2048;

/** curl(1), `--user`: the password stands behind the user's name. */
export const curlUserDetector: TextDetector = {
  id: "curl-user",
  group: "credentials",
  description: "The password in `curl -u user:password`",
  anchors: ["curl "],
  match: matchCommand,
  examples: () => ({
    catches: [
      `curl -u bob:hunter2 https://example.org`,
      `curl -s --user "bob:hunter2" https://example.org`,
      `curl -subob:hunter2 x`,
    ],
    leaves: [
      "curl -u bob https://example.org",
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
    if (code === LINE_FEED) break;
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
  const isQuoted = isQuote(scan.code(at));
  const start = isQuoted ? at + 1 : at;
  const end = isQuoted ? quotedEnd(scan, start, 0, scan.code(at)) : wordEnd(scan, start);
  let colon = start;
  while (colon < end && scan.code(colon) !== COLON) colon++;
  scan.steps += end - start;
  if (colon + 1 >= end || colon === start || scan.labelEnd(colon + 1) === end) return false;
  return scan.skip(colon + 1, DIGIT, 8) < end && scan.found(colon + 1, end);
}

function wordEnd(scan: Scan, start: number): number {
  let i = start;
  while (scan.code(i) > 0x20 && !isQuote(scan.code(i)) && scan.code(i) !== BACKSLASH) i++;
  return i;
}

const LINE_FEED = 0x0a;
const HYPHEN = 0x2d;
const COLON = 0x3a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
