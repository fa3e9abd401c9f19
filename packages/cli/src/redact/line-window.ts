import type { SecretFinding, TextRedactor } from "@plumbline/core";

/** Characters from which on lines are shown although more may follow them. */
export const WINDOW: number = 64 * 1024;
/** What stands further than this behind a line has nothing to do with it, as a rule. */
const OVERLAP = 8 * 1024;
/** A window in which no two lines can be parted is shown as it is from here on. */
const MAX_WINDOW = 512 * 1024;
/** So many places are tried in one window. */
const MAX_PLACES = 4;

/**
 * How many of these lines can be shown before more are known: those before a line at which they can be parted, so that in either half is found what is found in both
 * together. 0 when there is no such line.
 */
export function linesToShow(lines: readonly string[], redactor: TextRedactor): number {
  const text = lines.join("");
  const found = redactor.find(text);
  let places = 0;
  let at = 0;
  for (const [index, line] of lines.entries()) {
    if (at > 0 && at >= text.length - OVERLAP) {
      if (isParted(text, at, found, redactor)) return index;
      places += 1;
      if (places === MAX_PLACES) break;
    }
    at += line.length;
  }
  return text.length >= MAX_WINDOW ? lines.length : 0;
}

function isParted(text: string, at: number, found: readonly SecretFinding[], redactor: TextRedactor): boolean {
  if (found.length === 0) return true;
  const before = redactor.find(text.slice(0, at));
  const after = redactor.find(text.slice(at)).map(({ detector, start, end }) => ({
    detector,
    start: start + at,
    end: end + at,
  }));
  const apart = [...before, ...after];
  return apart.length === found.length && apart.every((each, i) => isSame(each, found[i]));
}

function isSame(one: SecretFinding, other: SecretFinding | undefined): boolean {
  return one.start === other?.start && one.end === other.end && one.detector === other.detector;
}

/** Signs at a line's end behind which more belongs to it. */
const OPEN_ENDS = ":=|>,[{(\\";

/** How many of these lines can be shown when no more come for a while: all, but for those at the end whose value may be still to come. */
export function linesAtRest(lines: readonly string[]): number {
  let shown = lines.length;
  while (shown > 0 && isOpen(lines[shown - 1] ?? "")) shown -= 1;
  return shown;
}

function isOpen(line: string): boolean {
  const end = line.trimEnd();
  return end !== "" && (OPEN_ENDS.includes(end.slice(-1)) || end.endsWith('"""'));
}
