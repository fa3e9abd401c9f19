import { ALNUM, ALPHA, DOT, HYPHEN, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { wordStart } from "../word-start.ts";

/** RFC 5321 §4.5.3.1. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 253;

/** `% + ' & =` and their like are left out: in text they mostly join an address to something else. Plus signs stay. */
const LOCAL_PART: number = WORD | DOT | HYPHEN;

/** Addresses with a domain of at least two labels. */
export const emailDetector: TextDetector = {
  id: "email",
  group: "email",
  description: "E-mail addresses",
  anchors: ["@"],
  match: matchEmail,
  examples: () => ({
    catches: ["bob@example.org", "mail to <first.last+tag@mail.example.co.uk>."],
    leaves: ["user@host", "@example.org", "npm:@scope/package@1.2.3", "a@b..c", "ssh git@localhost"],
  }),
};

function matchEmail(scan: Scan, at: number): boolean {
  let start = scan.skipBack(at, LOCAL_PART, MAX_LOCAL_PART);
  while (scan.code(start - 1) === PLUS && at - start < MAX_LOCAL_PART)
    start = scan.skipBack(start - 1, LOCAL_PART, MAX_LOCAL_PART);
  start = wordStart(scan, start);
  while (start < at && scan.is(start, DOT)) start++;
  if (start === at || scan.is(at - 1, DOT)) return false;
  let end = scan.skip(at + 1, ALNUM | HYPHEN | DOT, MAX_DOMAIN);
  while (end > at && !scan.is(end - 1, ALNUM)) end--;
  const label = scan.skipBack(end, ALNUM | HYPHEN, MAX_DOMAIN);
  if (label <= at + 2 || !scan.is(label - 1, DOT) || end - label < 2 || scan.skip(label, ALPHA, MAX_DOMAIN) !== end)
    return false;
  for (let i = at + 1; i < end; i++) if (scan.is(i, DOT) && scan.is(i + 1, DOT)) return false;
  scan.steps += end - at;
  return scan.found(start, end);
}

const PLUS = 0x2b;
