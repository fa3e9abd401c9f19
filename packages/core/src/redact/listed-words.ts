import { ALPHA, BLANK, LINE_END, UPPER } from "./character-class.ts";
import { wordEnd } from "./nested-value.ts";
import { isQuote, quotedEnd, skipQuote } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";
import { isEndOfSecretName, isNameOfPasswords } from "./secret-names.ts";
import { isNoSecret } from "./value-judgement.ts";

/** Where the words of a list are. */
export interface ListedWords {
  readonly start: number;
  readonly end: number;
}

/** A shorter word is more often a type, a variable or a rule. */
const MIN_WORD = 6;
const MAX_ITEMS = 16;
const MAX_BLANKS = 64;
const MAX_LIST = 512;

/** What stands in lists under a password's name and says what one must be, or of which type the list is. */
const RULES: ReadonlySet<string> = new Set(
  "nullable lowercase uppercase confirmed required string strings boolean numeric present filled letters symbols numbers digits integer optional sometimes unique".split(
    " ",
  ),
);

/** Plain words, as people choose them, in a list at `start` under the name of passwords; `undefined` where it is none, or says what they must be. */
export function listedWords(scan: Scan, start: number, name: string): ListedWords | undefined {
  const isBelow = scan.is(start, LINE_END);
  if (!isBelow && scan.code(start) !== SQUARE_OPEN) return undefined;
  if (!isNameOfPasswords(name)) return undefined;
  return isBelow ? wordsBelow(scan, start) : wordsInBrackets(scan, start);
}

/** `[hunter, winter]`, `["hunter", "winter"]`. Bare ones stand behind a blank, and have no capital as types have. */
function wordsInBrackets(scan: Scan, start: number): ListedWords | undefined {
  const hasBlank = scan.is(start - 1, BLANK);
  let i = start + 1;
  let hasWord = false;
  for (let n = 0; n < MAX_ITEMS && i - start < MAX_LIST; n++) {
    i = scan.skip(i, BLANK, MAX_BLANKS);
    const open = skipQuote(scan, i);
    const isQuoted = open > i;
    const end = isQuoted ? quotedEnd(scan, open, open - i - 1, scan.code(open - 1)) : scan.skip(i, ALPHA, MAX_LIST);
    if (end === open || (!isQuoted && !hasBlank)) return undefined;
    if (isWord(scan, open, end) && (isQuoted || !scan.is(open, UPPER))) hasWord = true;
    i = scan.skip(isQuoted ? end + open - i : end, BLANK, MAX_BLANKS);
    if (scan.code(i) === SQUARE_CLOSE) return hasWord && scan.code(i + 1) !== BANG ? { start, end: i + 1 } : undefined;
    if (scan.code(i) !== COMMA) return undefined;
    i++;
  }
  return undefined;
}

/** The items of a YAML list below the line that ends at `at`, each of one word, the first of them a plain one. */
function wordsBelow(scan: Scan, at: number): ListedWords | undefined {
  const line = nextLine(scan, at);
  const first = scan.skip(line, BLANK, MAX_BLANKS);
  let found: ListedWords | undefined;
  let i = line;
  for (let n = 0; n < MAX_ITEMS; n++) {
    const item = scan.skip(i, BLANK, MAX_BLANKS);
    if (item - i !== first - line || scan.code(item) !== HYPHEN || !scan.is(item + 1, BLANK)) break;
    const start = scan.skip(item + 1, BLANK, MAX_BLANKS);
    const end = wordEnd(scan, start);
    const isQuoted = isQuote(scan.code(start));
    if (end < 0 || (found === undefined && !isWord(scan, isQuoted ? start + 1 : start, isQuoted ? end - 1 : end)))
      break;
    found = { start: found?.start ?? start, end };
    i = nextLine(scan, end);
  }
  return found;
}

function isWord(scan: Scan, start: number, end: number): boolean {
  if (end - start < MIN_WORD || scan.skip(start, ALPHA, end - start) < end || isNoSecret(scan, start, end))
    return false;
  const word = scan.text.slice(start, end);
  return !RULES.has(word.toLowerCase()) && !isEndOfSecretName(word);
}

function nextLine(scan: Scan, at: number): number {
  return scan.code(at) === CARRIAGE_RETURN ? at + 2 : at + 1;
}

const CARRIAGE_RETURN = 0x0d;
const BANG = 0x21;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const SQUARE_OPEN = 0x5b;
const SQUARE_CLOSE = 0x5d;
