import { ALNUM, DIGIT } from "../character-class.ts";
import { jsonQuote } from "../json-number.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { isEscapeLetter } from "../word-start.ts";

const MIN_DIGITS = 14;
const MAX_DIGITS = 19;

/** The first group is no shorter. */
const MIN_GROUP = 4;

/** By so many digits the issuer is known. */
const PREFIX_DIGITS = 4;

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
  let group = 0;
  let separator = 0;
  let prefix = 0;
  // Which digits Luhn's sum has doubled is known when they are counted: both sums are made, so that none is read twice.
  let even = 0;
  let odd = 0;
  let i = at;
  for (; digits <= MAX_DIGITS; i++) {
    const code = scan.code(i);
    const digit = code - 0x30;
    if (digit >= 0 && digit <= 9) {
      const doubled = digit > 4 ? 2 * digit - 9 : 2 * digit;
      const isEven = (digits & 1) === 0;
      even += isEven ? doubled : digit;
      odd += isEven ? digit : doubled;
      if (digits < PREFIX_DIGITS) prefix = prefix * 10 + digit;
      digits++;
      group++;
      continue;
    }
    const isBetween = (code === 0x20 || code === 0x2d) && (separator === 0 || separator === code);
    if (!isBetween || group < 4 || group > 6 || digits >= 16 || !scan.is(i + 1, DIGIT)) break;
    separator = code;
    group = 0;
  }
  scan.steps += i - at + 1;
  const isGrouped = separator !== 0;
  if (digits < MIN_DIGITS || digits > MAX_DIGITS || (isGrouped && group > MAX_GROUP)) return false;
  if ((digits % 2 === 0 ? even : odd) % 10 !== 0 || !isIssuer(prefix, digits, isGrouped)) return false;
  if (scan.is(i, ALNUM) || (isJoined(scan, i) && scan.is(i + 1, ALNUM))) return false;
  return scan.found(at, i, jsonQuote(scan, at, i));
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
function isIssuer(prefix: number, digits: number, isGrouped: boolean): boolean {
  if (!isGrouped && digits !== 15 && digits !== 16 && digits !== 19) return false;
  const two = Math.floor(prefix / 100);
  if (two >= 40 && two <= 49) return digits === 16 || digits === 19;
  if ((two >= 51 && two <= 55) || (prefix >= 2200 && prefix <= 2720)) return digits === 16;
  if (two === 34 || two === 37) return digits === 15;
  if (two === 36 || two === 38 || two === 39 || (prefix >= 3000 && prefix <= 3059)) return digits >= 14 && digits <= 19;
  if (prefix >= 3528 && prefix <= 3589) return digits >= 16;
  if (prefix === 6011 || (prefix >= 6440 && prefix <= 6599) || two === 62) return digits >= 16;
  return (two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67) && digits >= 16;
}
