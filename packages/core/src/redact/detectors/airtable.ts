import { ALNUM, DOT, HEX, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

const PREFIX = "pat";
const ID_LENGTH = 14;
const SECRET_LENGTH = 64;

/** Has a detector to itself: words begin like these tokens, and the one sign that rules nearly all of them out stands further on. */
export const airtableDetector: TextDetector = {
  id: "airtable-token",
  group: "vendor-tokens",
  description: "Airtable personal access tokens",
  anchors: [PREFIX],
  hasExactAnchors: true,
  match: matchToken,
  examples: () => {
    const id = `${PREFIX}${"a1B2".repeat(4).slice(0, ID_LENGTH)}`;
    const secret = "0f1e".repeat(SECRET_LENGTH / 4);
    return {
      catches: [`${id}.${secret}`, `found ${id}.${secret}.`],
      leaves: ["path/to/pattern.ts", id, `${id}.${secret.slice(1)}`, `${id}.${secret}0`, `${id}x.${secret}`],
    };
  },
};

function matchToken(scan: Scan, at: number): boolean {
  const dot = at + PREFIX.length + ID_LENGTH;
  if (!scan.is(dot, DOT) || goesOn(scan, at, WORD)) return false;
  const end = scan.skip(dot + 1, HEX, SECRET_LENGTH + 1);
  if (end - dot - 1 !== SECRET_LENGTH || scan.is(end, WORD)) return false;
  return scan.skip(at, ALNUM, dot - at) === dot && scan.found(at, end);
}
