import { pairRole, type SecretFinding, type TextRedactor } from "@plumbline/core";

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
const OPEN = /(?:[:=|>,[{(\\]|[|>][-+]|""")$/;
/** Those behind which several lines may. */
const OPEN_TO_MANY = /(?:[:|>]|[|>][-+]|""")$/;
/** A property of a list's item or an object, and the one word that it has for its value. */
const NAMED = /^[\s{-]*["']?([A-Za-z]+)["']?\s*[:=]\s*["']?([\w.-]+)["']?$/;
/** The end of an object or list, or of a key. */
const ENDED = /[\]}]$|-----END [A-Z0-9 ]*-----$/;

/** How many of these lines can be shown when no more come for a while: all, but for those at the end whose value, or the rest of it, may be still to come. */
export function linesAtRest(lines: readonly string[], redactor: TextRedactor): number {
  let shown = lines.length;
  let quotes = lines.reduce((sum, line) => sum + threeQuotesIn(line), 0);
  for (; shown > 0; shown--) {
    const line = lines[shown - 1] ?? "";
    const isClosing = quotes % 2 === 0 && line.trimEnd().endsWith(THREE_QUOTES); // the second of two
    if (isClosing || !isOpen(line, redactor)) break;
    quotes -= threeQuotesIn(line);
  }
  return linesBefore(lines.slice(0, shown), redactor);
}

function threeQuotesIn(line: string): number {
  return line.split(THREE_QUOTES).length - 1;
}

const THREE_QUOTES = '"""';

/** Whether what stands in the next line belongs to this one: behind a sign, three quotes, or the name of a secret (`name: DB_PASSWORD`). */
export function isOpen(line: string, redactor: TextRedactor): boolean {
  const end = line.trimEnd();
  if (OPEN.test(end)) return true;
  const [, property = "", name = ""] = NAMED.exec(end) ?? [];
  return pairRole(property) === "name" && redactor.key(name).rule !== undefined;
}

/** How many lines stand before the last secret, with the open lines before it, where that goes to the end of all: more of it may come. */
function linesBefore(lines: readonly string[], redactor: TextRedactor): number {
  const text = lines.join("");
  const end = text.trimEnd();
  const found = redactor.find(text);
  const last = found.at(-1);
  if (last === undefined || last.end < end.length || ENDED.test(end)) return lines.length;
  let at = text.length;
  let index = lines.length;
  while (index > 0 && at > last.start) at -= lines[--index]?.length ?? 0;
  const isOneLine = index === lines.length - 1;
  if (isOneLine && !OPEN_TO_MANY.test(lines[index - 1]?.trimEnd() ?? "")) return lines.length;
  while (index > 0 && isOpen(lines[index - 1] ?? "", redactor)) at -= lines[--index]?.length ?? 0;
  // What is needed to know it is not shown before it.
  return isParted(text, at, found, redactor) ? index : lines.length;
}
