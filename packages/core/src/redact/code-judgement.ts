import { ALPHA, classOf, DOT, UNDERSCORE, VALUE_END, WORD } from "./character-class.ts";
import { isEndOfSecretName } from "./secret-names.ts";
import type { Scan } from "./scan.ts";

/**
 * Whether a value without quotes that begins at `start` is source code: `e.token`, `getToken()`, `()=>t`, `!0`, `{type:`, a variable of one letter in an
 * object. Bundles, snippets and stack traces are full of these. Says so before the value's end is known: nobody is to look for it again and again.
 */
export function isCode(scan: Scan, start: number): boolean {
  const first = scan.code(start);
  if (first === CURLY_OPEN || first === SQUARE_OPEN) return true;
  if (first === PAREN_OPEN) return scan.code(start + 1) === PAREN_CLOSE;
  if (first === BANG) return isNegation(scan, start);
  if (isClosing(scan.code(start + 1)) && scan.is(start, ALPHA)) return true;
  return isExpression(scan, start);
}

/** Whether a value is a variable of one letter, as minifiers name them, and not what a form or a connection string holds. */
export function isVariable(scan: Scan, start: number, end: number): boolean {
  const after = scan.code(end);
  return end - start === 1 && scan.is(start, ALPHA) && (after === COMMA || after === SEMICOLON);
}

/** `!e`, `!!e`, `!0`, `!1` */
function isNegation(scan: Scan, start: number): boolean {
  const operand = scan.code(start + 1) === BANG ? start + 2 : start + 1;
  const code = scan.code(operand);
  const isOne = scan.is(operand, ALPHA) || code === 0x30 || code === 0x31;
  return (
    isOne &&
    !scan.is(operand + 1, WORD) &&
    (scan.is(operand + 1, VALUE_END | DOT) || Number.isNaN(scan.code(operand + 1)))
  );
}

/** A path of names that is called, asked about or assigned, or whose last name is a secret's. None of them has a digit. */
function isExpression(scan: Scan, start: number): boolean {
  let i = start;
  let lastDot = -1;
  for (; ; i++) {
    const code = scan.code(i);
    if (code === DOT_SIGN) lastDot = i;
    else if ((classOf(code) & (ALPHA | UNDERSCORE)) === 0 && code !== DOLLAR) break;
  }
  scan.steps += i - start + 1;
  if (i === start) return false;
  const next = scan.code(i);
  if (next === PAREN_OPEN) return true;
  if (lastDot < 0) return false;
  if (next === QUESTION || next === EQUALS || next === SQUARE_OPEN) return true;
  return (Number.isNaN(next) || scan.is(i, VALUE_END)) && isEndOfSecretName(scan.text.slice(lastDot + 1, i));
}

function isClosing(code: number): boolean {
  return code === PAREN_CLOSE || code === CURLY_CLOSE;
}

const BANG = 0x21;
const DOLLAR = 0x24;
const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const COMMA = 0x2c;
const DOT_SIGN = 0x2e;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const SQUARE_OPEN = 0x5b;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
