import { ALNUM, DIGIT, LOWER, UPPER } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** The lengths of the registry (ISO 13616, SWIFT IBAN registry), country by country. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 " +
    "GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 " +
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 " +
    "TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry): [string, number] => [entry.slice(0, 2), Number.parseInt(entry.slice(2), 10)]),
);

/** The longest of them, without its country. */
const MAX_DIGITS = 31;

/** International bank account numbers of a registered country, in their length, with valid check digits (ISO 7064 MOD 97-10). */
export const ibanDetector: TextDetector = {
  id: "iban",
  group: "financial",
  description: "IBANs with valid check digits, in one piece or in groups of four",
  anchors: [],
  numbers: "long",
  digits: [2, MAX_DIGITS],
  match: matchIban,
  examples: () => ({
    catches: [
      ["DE89", "3704", "0044", "0532", "0130", "00"].join(""),
      ["GB82", "WEST", "1234", "5698", "7654", "32"].join(" "),
    ],
    leaves: ["DE89370400440532013001", "order DE12 3456", "SE1234567890", "XX82WEST12345698765432"],
  }),
};

/** `at` is the first check digit, behind the country's two letters. */
function matchIban(scan: Scan, at: number): boolean {
  const start = at - 2;
  if (!scan.is(start, UPPER) || !scan.is(start + 1, UPPER) || goesOn(scan, start, ALNUM)) return false;
  const length = LENGTHS.get(scan.text.slice(start, at));
  if (length === undefined || !scan.is(at + 1, DIGIT)) return false;
  const isGrouped = scan.code(start + 4) === 0x20 || scan.code(start + 4) === 0x2d;
  const end = isGrouped ? groupedEnd(scan, start, length) : start + length;
  if (end < 0 || end > scan.text.length || scan.is(end, ALNUM)) return false;
  return remainder(scan, start, end) === 1 && scan.found(start, end);
}

/** The end of `length` letters and digits in groups of four that one and the same sign separates; -1 when it is not so. */
function groupedEnd(scan: Scan, start: number, length: number): number {
  const separator = scan.code(start + 4);
  let i = start;
  for (let taken = 0; taken < length; taken++) {
    if (taken > 0 && taken % 4 === 0) {
      if (scan.code(i) !== separator) return -1;
      i++;
    }
    if (!scan.is(i, DIGIT | UPPER)) return -1;
    i++;
  }
  return i;
}

/** The number modulo 97, the first four characters moved to its end and letters read as 10 to 35; -1 for anything else in it. */
function remainder(scan: Scan, start: number, end: number): number {
  let value = 0;
  let taken = 0;
  let head = 0;
  const take = (rest: number, code: number): number =>
    code <= 0x39 ? (rest * 10 + code - 0x30) % 97 : (rest * 100 + code - 0x37) % 97;
  for (let i = start; i < end; i++) {
    if (scan.is(i, LOWER)) return -1;
    if (!scan.is(i, ALNUM)) continue;
    if (taken < 4) head = i;
    else value = take(value, scan.code(i));
    taken++;
  }
  for (let i = start; i <= head; i++) if (scan.is(i, ALNUM)) value = take(value, scan.code(i));
  scan.steps += end - start;
  return value;
}
