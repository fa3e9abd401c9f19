import { WORD } from "../character-class.ts";
import { parsePattern, PatternError, type PatternPart } from "../pattern-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** A pattern of the team's own. */
export interface OwnPattern {
  /** Stands in the label: lower-case letters, digits and `-`. */
  readonly id: string;
  /** See {@link parsePattern}: `ACME-[A-Z0-9]{20,40}`. A match begins and ends with whole words. */
  readonly pattern: string;
}

/** Characters in a row that the scan looks for. */
interface PatternAnchor {
  readonly text: string;
  /** How far from the match's beginning. */
  readonly offset: number;
}

const MIN_ANCHOR_LENGTH = 3;

/**
 * The detector of a pattern.
 *
 * @throws PatternError
 */
export function ownPatternDetector({ id, pattern }: OwnPattern): TextDetector {
  const parts = parsePattern(pattern);
  const anchor = findAnchor(parts);
  if (anchor === undefined) {
    throw new PatternError(
      `a pattern needs ${MIN_ANCHOR_LENGTH} characters in a row that are always the same, not digits alone, with nothing of variable length before them`,
      0,
    );
  }
  return {
    id,
    group: "credentials",
    description: `What matches ${pattern}`,
    anchors: [anchor.text],
    match: (scan, at) => matchParts(scan, at - anchor.offset, parts),
    examples: () => ({ catches: [], leaves: [] }),
  };
}

function findAnchor(parts: readonly PatternPart[]): PatternAnchor | undefined {
  let best: PatternAnchor | undefined;
  let text = "";
  let offset = 0;
  let start = 0;
  for (const { literal, min, max } of parts) {
    if (literal === undefined || min !== max) {
      if (min !== max) break;
      offset += min;
      text = "";
      start = offset;
      continue;
    }
    text += literal.repeat(min);
    offset += min;
    if (text.length > (best?.text.length ?? MIN_ANCHOR_LENGTH - 1) && hasOther(text)) best = { text, offset: start };
  }
  return best;
}

function hasOther(text: string): boolean {
  return Array.from(text).some((character) => character < "0" || character > "9");
}

function matchParts(scan: Scan, start: number, parts: readonly PatternPart[]): boolean {
  if (start < scan.floor) return false;
  let i = start;
  for (const { characters, min, max } of parts) {
    const limit = i + max;
    const from = i;
    while (i < limit && characters[scan.code(i)] === true) i++;
    scan.steps += i - from + 1;
    if (i - from < min) return false;
  }
  if (scan.is(start, WORD) && goesOn(scan, start, WORD)) return false;
  if (scan.is(i - 1, WORD) && scan.is(i, WORD)) return false;
  return scan.found(start, i);
}
