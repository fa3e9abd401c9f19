/** A set of characters, taken at least `min` and at most `max` times. */
export interface PatternPart {
  /** Of ASCII, by code. */
  readonly characters: readonly boolean[];
  readonly min: number;
  readonly max: number;
  /** The one character, where it is one. */
  readonly literal: string | undefined;
}

/** What is wrong with a pattern, and at which character. */
export class PatternError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "PatternError";
    this.at = at;
  }
}

const MAX_PATTERN_LENGTH = 256;
/** Characters of the longest match: what one look at an anchor may cost. */
const MAX_MATCH_LENGTH = 512;

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["d", DIGITS],
  ["w", `${DIGITS}${LETTERS}_`],
]);

/**
 * Reads the part of regular expressions that needs no way back: characters, `\d`, `\w`, classes such as `[A-Z0-9]`, each with `{n}`, `{n,m}` or
 * `?`. No part may take what belongs to the next, so that there is one way alone to read any text.
 *
 * @throws PatternError
 */
export function parsePattern(pattern: string): PatternPart[] {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new PatternError(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`, MAX_PATTERN_LENGTH);
  const parts: PatternPart[] = [];
  for (let at = 0; at < pattern.length;) {
    const atom = readAtom(pattern, at);
    const times = readTimes(pattern, atom.end);
    const part = makePart(atom.characters, times.min, times.max);
    if (takesFrom(parts, part)) throw new PatternError("a part before may take what belongs to this one", at);
    parts.push(part);
    at = times.end;
  }
  const longest = parts.reduce((sum, part) => sum + part.max, 0);
  if (longest === 0) throw new PatternError("a pattern needs characters", 0);
  if (longest > MAX_MATCH_LENGTH)
    throw new PatternError(`a match may have at most ${MAX_MATCH_LENGTH} characters`, pattern.length);
  return parts;
}

interface Atom {
  readonly characters: string;
  readonly end: number;
}

function readAtom(pattern: string, at: number): Atom {
  const character = pattern.charAt(at);
  if (character === "[") return readClass(pattern, at);
  if (character === "\\") return { characters: readEscape(pattern, at), end: at + 2 };
  if ("^$|()?*+.{}]".includes(character))
    throw new PatternError(
      `\`${character}\` is not part of what a pattern may have; put \`\\\` before it to mean the character`,
      at,
    );
  if (character > "\u007f") throw new PatternError("a pattern is of ASCII characters", at);
  return { characters: character, end: at + 1 };
}

function readEscape(pattern: string, at: number): string {
  const character = pattern.charAt(at + 1);
  const shorthand = SHORTHANDS.get(character);
  if (shorthand !== undefined) return shorthand;
  if (character === "" || LETTERS.includes(character) || DIGITS.includes(character))
    throw new PatternError("of the escapes there are `\\d`, `\\w` and those of signs", at);
  return character;
}

function readClass(pattern: string, start: number): Atom {
  if (pattern.charAt(start + 1) === "^")
    throw new PatternError("a class names its characters; it cannot exclude some", start + 1);
  let characters = "";
  let at = start + 1;
  while (pattern.charAt(at) !== "]") {
    if (at >= pattern.length) throw new PatternError("the class has no end", start);
    const isEscape = pattern.charAt(at) === "\\";
    const first = isEscape ? readEscape(pattern, at) : pattern.charAt(at);
    at += isEscape ? 2 : 1;
    const isRange = first.length === 1 && pattern.charAt(at) === "-" && pattern.charAt(at + 1) !== "]";
    if (!isRange) {
      characters += first;
      continue;
    }
    const last = pattern.charAt(at + 1);
    if (last < first || last > "\u007f") throw new PatternError("the range goes backwards, or beyond ASCII", at);
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) characters += String.fromCharCode(code);
    at += 2;
  }
  if (characters === "" || Array.from(characters).some((character) => character > "\u007f"))
    throw new PatternError("a class has ASCII characters, one at least", start);
  return { characters, end: at + 1 };
}

function readTimes(pattern: string, at: number): { readonly min: number; readonly max: number; readonly end: number } {
  const sign = pattern.charAt(at);
  if (sign === "?") return { min: 0, max: 1, end: at + 1 };
  if (sign === "*" || sign === "+")
    throw new PatternError(`\`${sign}\` has no bound; say how often at most, as in \`{1,64}\``, at);
  if (sign !== "{") return { min: 1, max: 1, end: at };
  const end = pattern.indexOf("}", at);
  const [least = "", most] = pattern.slice(at + 1, end < 0 ? at + 1 : end).split(",");
  const min = wholeNumber(least);
  const max = most === undefined ? min : wholeNumber(most);
  if (Number.isNaN(min) || Number.isNaN(max) || max < min)
    throw new PatternError("a repetition is written `{n}` or `{n,m}`, with a bound", at);
  return { min, max, end: end + 1 };
}

function wholeNumber(text: string): number {
  const isWhole = text !== "" && text.length <= 4 && Array.from(text).every((character) => DIGITS.includes(character));
  return isWhole ? Number.parseInt(text, 10) : Number.NaN;
}

function makePart(given: string, min: number, max: number): PatternPart {
  const characters = Array.from({ length: 128 }, (_, code) => given.includes(String.fromCharCode(code)));
  return { characters, min, max, literal: given.length === 1 ? given : undefined };
}

/** Whether a part of variable length stands right before, or before parts that may be left out, and has a character of this one. */
function takesFrom(parts: readonly PatternPart[], part: PatternPart): boolean {
  for (let i = parts.length - 1; i >= 0; i--) {
    const before = parts[i];
    if (before === undefined) return false;
    if (before.max > before.min && overlaps(before, part)) return true;
    if (before.min > 0) return false;
  }
  return false;
}

function overlaps(one: PatternPart, other: PatternPart): boolean {
  return one.characters.some((isIn, code) => isIn && other.characters[code] === true);
}
