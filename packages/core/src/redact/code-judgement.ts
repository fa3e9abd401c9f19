import { ALPHA, BLANK, classOf, DOT, LINE_END, UNDERSCORE, VALUE_END, WORD } from "./character-class.ts";
import { isEndOfSecretName } from "./secret-names.ts";
import type { Scan } from "./scan.ts";

/** How far a bracket's other half is looked for. */
const MAX_ARGUMENTS = 128;

/** The longest name that a connection string's key, or a parameter of a form, is known by. */
const MAX_KEY = 32;
/** Minifiers give names of one or two letters. */
const MIN_KEY = 3;

/**
 * Whether a value without quotes that begins at `start` is source code: `e.token`, `getToken()`, `()=>t`, `!0`, `{type:`, a variable of one letter in an
 * object. Bundles, snippets and stack traces are full of these. A parameter ({@link isParameter}, {@link hasParameterBehind}) is none.
 */
export function isCode(scan: Scan, start: number): boolean {
  const first = scan.code(start);
  if (first === CURLY_OPEN || first === SQUARE_OPEN) return isOpened(scan, start);
  if (first === PAREN_OPEN) return scan.code(start + 1) === PAREN_CLOSE;
  if (first === BANG) return isNegation(scan, start);
  if (isClosing(scan.code(start + 1)) && scan.is(start, ALPHA)) return isClosed(scan, start + 1);
  return isExpression(scan, start);
}

/**
 * Whether the pair whose name begins at `nameStart` and is joined by `=` is a parameter of an address, a form or a connection string, by what stands before
 * it. A minifier's variable with a property (`;e.token=`) is none.
 */
export function isParameter(scan: Scan, nameStart: number): boolean {
  const nameEnd = scan.skip(nameStart, WORD, MIN_KEY);
  if (nameEnd - nameStart < MIN_KEY && scan.code(nameEnd) === DOT_SIGN) return false;
  const before = scan.code(nameStart - 1);
  if (before === AMPERSAND) return scan.code(nameStart - 2) !== AMPERSAND;
  if (before === QUESTION || before === HASH || before === SEMICOLON) return true;
  return scan.is(nameStart - 1, BLANK) && scan.code(nameStart - 2) === SEMICOLON;
}

/** Whether the next parameter of a form (`&user=`) or of a connection string (`;Server=`, `; User Id=`) follows the value that ends at `end`. */
export function hasParameterBehind(scan: Scan, end: number): boolean {
  let sign = end;
  while (isClosing(scan.code(sign)) && sign - end < MIN_KEY) sign++;
  const code = scan.code(sign);
  if (code === AMPERSAND) return isKey(scan, sign + 1, WORD | DOT);
  return code === SEMICOLON && isKey(scan, scan.skip(sign + 1, BLANK, 1), WORD | DOT | BLANK);
}

/** A name of three letters or more, and its sign. */
function isKey(scan: Scan, start: number, mask: number): boolean {
  const end = scan.skip(start, mask, MAX_KEY);
  return (
    end - start >= MIN_KEY && scan.is(start, ALPHA) && scan.code(end) === EQUALS && scan.code(start + 1) !== DOT_SIGN
  );
}

/** Whether a value is a variable of one letter, as minifiers name them, and not what a form or a connection string holds. */
export function isVariable(scan: Scan, start: number, end: number): boolean {
  const after = scan.code(end);
  if (end - start !== 1 || !scan.is(start, ALPHA)) return false;
  return after === COMMA || (after === SEMICOLON && !hasParameterBehind(scan, end));
}

/** Words of a language that stand in the place of a value where that is code: `await f(`, `new Token(`, `return l(`, `break;`. */
export function isKeyword(scan: Scan, start: number, end: number): boolean {
  if (end - start > LONGEST_KEYWORD || !KEYWORD_BEGINNINGS.has(scan.code(start))) return false;
  const after = scan.code(end);
  if (after !== BLANK_SIGN && after !== COMMA && after !== SEMICOLON && !isClosing(after)) return false;
  const word = scan.text.slice(start, end);
  if (!KEYWORDS.has(word)) return false;
  if (after !== BLANK_SIGN) return scan.code(start - 1) === COLON; // `case"token":break;`
  if (word === "typeof" || word === "void") return true;
  const operand = scan.skip(end + 1, WORD | DOT, MAX_ARGUMENTS);
  const next = scan.code(operand);
  return (
    operand > end + 1 &&
    (next === PAREN_OPEN || next === SEMICOLON || next === COMMA || isClosing(next) || next === SQUARE_OPEN)
  );
}

const KEYWORDS: ReadonlySet<string> = new Set("return throw void typeof new await function this break".split(" "));
const KEYWORD_BEGINNINGS: ReadonlySet<number> = new Set(Array.from(KEYWORDS, (word) => word.charCodeAt(0)));
const LONGEST_KEYWORD = 8;

/**
 * `{type:`, `{...e}`, `["a"]`, `[]`, `[ROLE_USER, …]`, `[none given]`: what an object or a list begins with. A word alone that nothing closes is none.
 */
function isOpened(scan: Scan, start: number): boolean {
  const inside = start + 1;
  if (scan.code(inside) === BANG) return isNegation(scan, inside);
  const end = scan.skip(inside, WORD | DOT, MAX_ARGUMENTS);
  const next = scan.code(end);
  if (end === inside) return next < 0 || scan.is(inside, VALUE_END) || OPERANDS.has(next);
  if (next === BANG) return scan.code(end + 1) === SQUARE_CLOSE; // `[Token!]!` of a schema
  if (scan.is(end, BLANK)) return closerOf(scan, start) >= 0;
  return CLAUSES.has(next) || (OPERATORS.has(next) && closerOf(scan, start) >= 0);
}

/** `!e`, `!!e`, `!0`, `!1`, and `!e.name` where an expression ends behind it. */
function isNegation(scan: Scan, start: number): boolean {
  const operand = scan.code(start + 1) === BANG ? start + 2 : start + 1;
  const code = scan.code(operand);
  const isOne = scan.is(operand, ALPHA) || code === 0x30 || code === 0x31;
  if (!isOne || scan.is(operand + 1, WORD)) return false;
  if (scan.code(operand + 1) !== DOT_SIGN) return scan.is(operand + 1, VALUE_END) || isEnd(scan, operand + 1);
  const end = scan.skip(operand + 1, WORD | DOT, MAX_ARGUMENTS);
  const next = scan.code(end);
  return next === COMMA || next === SEMICOLON || isClosing(next) || next === SQUARE_CLOSE;
}

/** A path of names that is called, asked about or assigned, or whose last name is a secret's. None of them has a digit. */
function isExpression(scan: Scan, start: number): boolean {
  let i = start;
  let lastDot = -1;
  for (; i - start < MAX_ARGUMENTS; i++) {
    const code = scan.code(i);
    if (code === DOT_SIGN) lastDot = i;
    else if ((classOf(code) & (ALPHA | UNDERSCORE)) === 0 && code !== DOLLAR) break;
  }
  scan.steps += i - start + 1;
  if (i === start) return false;
  const next = scan.code(i);
  if (next === PAREN_OPEN) return isCall(scan, i);
  if (lastDot < 0) return false;
  if (next === QUESTION || next === SQUARE_OPEN) return !isEnd(scan, i + 1);
  if (next === EQUALS) return !isEnd(scan, scan.code(i + 1) === EQUALS ? i + 2 : i + 1); // or the padding of base64
  return (next < 0 || scan.is(i, VALUE_END)) && isEndOfSecretName(scan.text.slice(lastDot + 1, i));
}

/** Whether what follows the bracket that closes the one at `open` could follow a call. `Pass(word)99` and `Sommer(2024)!` go on as no call does. */
function isCall(scan: Scan, open: number): boolean {
  const close = closerOf(scan, open);
  if (close < 0) return true;
  const next = scan.code(close + 1);
  if (next === BANG) return scan.code(close + 2) === EQUALS;
  return !scan.is(close + 1, WORD) && !PASSWORD_SIGNS.has(next);
}

/** Where the bracket is closed that opens at `open`; -1 where it is not, in its line and nearby. */
function closerOf(scan: Scan, open: number): number {
  const opener = scan.code(open);
  const closer = opener === PAREN_OPEN ? PAREN_CLOSE : opener === SQUARE_OPEN ? SQUARE_CLOSE : CURLY_CLOSE;
  let depth = 0;
  let i = open;
  for (; i - open < MAX_ARGUMENTS; i++) {
    const code = scan.code(i);
    if (code < 0 || scan.is(i, LINE_END)) break;
    if (code === opener) depth++;
    else if (code === closer && --depth === 0) {
      scan.steps += i - open;
      return i;
    }
  }
  scan.steps += i - open;
  return -1;
}

/** Whether the bracket at `at` closes what stands before it: nothing of the value follows. */
function isClosed(scan: Scan, at: number): boolean {
  const next = scan.code(at + 1);
  const second = scan.code(at + 2);
  if (next === AMPERSAND || next === PIPE) return second === next;
  if (next === EQUALS) return second === GREATER;
  return next === COLON || next < 0 || scan.is(at + 1, VALUE_END | DOT);
}

/** The end of the text, of the line, or of the value. */
function isEnd(scan: Scan, at: number): boolean {
  const code = scan.code(at);
  return code <= BLANK_SIGN || code === AMPERSAND;
}

function isClosing(code: number): boolean {
  return code === PAREN_CLOSE || code === CURLY_CLOSE;
}

const codesOf = (signs: string): ReadonlySet<number> => new Set(Array.from(signs, (sign) => sign.charCodeAt(0)));

/** What a value in a list or object may begin with that is no name. */
const OPERANDS = codesOf("([{-$/#");
/** What may follow the first name in an object or list; and what may where its end is near. */
const CLAUSES = codesOf(":,]})([{\"'`");
const OPERATORS = codesOf("=<>+-*/?|");
/** What stands in passwords behind a bracket, and in no code. */
const PASSWORD_SIGNS = codesOf("@#$%^~");

const BLANK_SIGN = 0x20;
const BANG = 0x21;
const HASH = 0x23;
const DOLLAR = 0x24;
const AMPERSAND = 0x26;
const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const COMMA = 0x2c;
const DOT_SIGN = 0x2e;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const SQUARE_OPEN = 0x5b;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const PIPE = 0x7c;
const CURLY_CLOSE = 0x7d;
