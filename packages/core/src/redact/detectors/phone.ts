import { ALNUM, DIGIT } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** ITU-T E.164: at most 15 digits. With fewer than 8 it could be anything. */
const MIN_DIGITS = 8;
const MAX_DIGITS = 15;
const MAX_LENGTH = 32;

/** Numbers that say that they are telephone numbers: by a plus sign, or by an area code in parentheses. */
export const phoneDetector: TextDetector = {
  id: "phone",
  group: "phone",
  description: "Telephone numbers that begin with a plus sign or an area code in parentheses",
  anchors: ["+", "("],
  match: matchPhone,
  examples: () => ({
    catches: ["call +49 30 1234567", "+14155550123", "(415) 555-0123", "+44 (0)20 7946 0958"],
    leaves: ["2026-11-20T21:57:03+02:00", "+1 point", "a+12345678", "(123)", "f(1234567890)", "(2026-11-20 21:57:03)"],
  }),
};

function matchPhone(scan: Scan, at: number): boolean {
  if (goesOn(scan, at, ALNUM) || scan.code(at - 1) === PLUS) return false;
  const hasPlus = scan.code(at) === PLUS;
  if (!hasPlus) {
    const close = scan.skip(at + 1, DIGIT, 6);
    if (close - at < 3 || close - at > 6 || scan.code(close) !== PAREN_CLOSE) return false;
  } else if (!scan.is(at + 1, DIGIT)) return false;
  let digits = 0;
  let end = at + 1;
  for (let i = at + 1; i < at + MAX_LENGTH && digits <= MAX_DIGITS; i++) {
    if (scan.is(i, DIGIT)) {
      digits++;
      end = i + 1;
    } else if (!isSeparator(scan.code(i)) || (isSeparator(scan.code(i - 1)) && !isBracket(scan, i))) break;
  }
  scan.steps += end - at;
  return digits >= MIN_DIGITS && digits <= MAX_DIGITS && !scan.is(end, ALNUM) && scan.found(at, end);
}

/** Two separators in a row are one too many, unless a parenthesis is one of them. */
function isBracket(scan: Scan, at: number): boolean {
  const code = scan.code(at);
  const before = scan.code(at - 1);
  return code === PAREN_OPEN || code === PAREN_CLOSE || before === PAREN_OPEN || before === PAREN_CLOSE;
}

function isSeparator(code: number): boolean {
  return (
    code === 0x20 || code === 0x2d || code === 0x2e || code === 0x2f || code === PAREN_OPEN || code === PAREN_CLOSE
  );
}

const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const PLUS = 0x2b;
