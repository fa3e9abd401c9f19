import { ALNUM, DIGIT } from "../character-class.ts";
import { jsonQuote } from "../json-number.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { isEscapeLetter } from "../word-start.ts";

const MIN_DIGITS = 14;
const MAX_DIGITS = 19;

/** The first group is no shorter. */
const MIN_GROUP = 4;

/** Of digits that stand in groups, none is longer: two numbers beside each other are no card. */
const MAX_GROUP = 7;

/** ISO/IEC 7812: an issuer's range, 14 to 19 digits, the check digit of its annex B (Luhn). */
export const paymentCardDetector: TextDetector = {
  id: "payment-card",
  group: "financial",
  description: "Payment card numbers with a valid check digit, plain or in groups separated by spaces or hyphens",
  anchors: [],
  numbers: "long",
  digits: [MIN_GROUP, MAX_DIGITS],
  match: matchCard,
  examples: () => ({
    catches: [
      ["4111", "1111", "1111", "1111"].join(""),
      ["5500", "0000", "0000", "0004"].join(" "),
      ["3782", "822463", "10005"].join("-"),
    ],
    leaves: [
      "1700000000000",
      "4111111111111112",
      "2026-11-20 21:57:03",
      "order 6012345678901234567890",
      "0.4111111111111111",
      "672273 3920024888527",
    ],
  }),
};

function matchCard(scan: Scan, at: number): boolean {
  if (isJoined(scan, at - 1) && !isEscapeLetter(scan, at - 1)) return false;
  const first = scan.code(at);
  if (first < 0x32 || first > 0x36) return false;
  let digits = 0;
  let i = at;
  let separator = 0;
  for (;;) {
    const end = scan.skip(i, DIGIT, MAX_DIGITS + 1);
    const group = end - i;
    digits += group;
    if (digits > MAX_DIGITS) return false;
    i = end;
    const next = scan.code(i);
    const goesOn = (next === 0x20 || next === 0x2d) && (separator === 0 || separator === next) && scan.is(i + 1, DIGIT);
    if (separator !== 0 && group > MAX_GROUP) return false;
    if (!goesOn || group < 4 || group > 6 || digits >= 16) break;
    separator = next;
    i++;
  }
  const isGrouped = separator !== 0;
  if (digits < MIN_DIGITS || scan.is(i, ALNUM) || (isJoined(scan, i) && scan.is(i + 1, ALNUM))) return false;
  return isIssuer(scan, at, digits, isGrouped) && isLuhn(scan, at, i) && scan.found(at, i, jsonQuote(scan, at, i));
}

/** Characters that make a number part of a longer one: a decimal, a UUID, a version, an identifier. */
function isJoined(scan: Scan, at: number): boolean {
  const code = scan.code(at);
  return (
    scan.is(at, ALNUM) ||
    code === 0x2e ||
    code === 0x2d ||
    code === 0x5f ||
    code === 0x2b ||
    code === 0x2f ||
    code === 0x23
  );
}

/**
 * Whether cards of this length begin so: Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro, Mir. Of 14, 17 and 18 digits in
 * one piece most are something else: those count in groups alone.
 */
function isIssuer(scan: Scan, at: number, digits: number, isGrouped: boolean): boolean {
  if (!isGrouped && digits !== 15 && digits !== 16 && digits !== 19) return false;
  let prefix = 0;
  for (let i = at, taken = 0; taken < 4; i++) {
    if (!scan.is(i, DIGIT)) continue;
    prefix = prefix * 10 + scan.code(i) - 0x30;
    taken++;
  }
  const two = Math.floor(prefix / 100);
  if (two >= 40 && two <= 49) return digits === 16 || digits === 19;
  if ((two >= 51 && two <= 55) || (prefix >= 2200 && prefix <= 2720)) return digits === 16;
  if (two === 34 || two === 37) return digits === 15;
  if (two === 36 || two === 38 || two === 39 || (prefix >= 3000 && prefix <= 3059)) return digits >= 14 && digits <= 19;
  if (prefix >= 3528 && prefix <= 3589) return digits >= 16;
  if (prefix === 6011 || (prefix >= 6440 && prefix <= 6599) || two === 62) return digits >= 16;
  return (two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67) && digits >= 16;
}

function isLuhn(scan: Scan, start: number, end: number): boolean {
  let sum = 0;
  let doubled = false;
  for (let i = end - 1; i >= start; i--) {
    if (!scan.is(i, DIGIT)) continue;
    const digit = scan.code(i) - 0x30;
    const value = doubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 === 0;
}
