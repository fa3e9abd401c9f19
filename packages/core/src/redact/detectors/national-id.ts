import { ALNUM, DIGIT, HYPHEN, UNDERSCORE, UPPER } from "../character-class.ts";
import {
  isChineseId,
  isCodiceFiscale,
  isCpf,
  isDni,
  isNir,
  isPersonnummer,
  isPesel,
  isVerhoeff,
} from "../check-digit.ts";
import { jsonQuote } from "../json-number.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** What a number may look like: `9` is a digit, `A` a capital, `X` either, the rest stands for itself. */
interface IdForm {
  readonly form: string;
  /** Where its digits (and letters) stand, without the signs between them: from, to. */
  readonly runs: readonly (readonly [from: number, to: number])[];
  readonly isValid: (characters: string) => boolean;
}

const FORMS: readonly IdForm[] = [
  idForm("999.999.999-99", isCpf),
  idForm("99999999999", (digits) => isCpf(digits) || isPesel(digits)),
  idForm("99999999999999999X", isChineseId),
  idForm("9999 9999 9999", isVerhoeff),
  idForm("99999999A", isDni),
  idForm("99999999-A", isDni),
  idForm("9 99 99 99 999 999 99", isNir),
  idForm("999999999999999", isNir),
  idForm("999999-9999", isPersonnummer),
  idForm("99999999-9999", (digits) => isPersonnummer(digits.slice(2))),
];

/** Most digits that one begins with. */
const MAX_LEADING = 18;

/** Those that begin with so many digits: nearly every number is none of them. The last sign of the longest may be a digit as well. */
const FORMS_BY_DIGITS: readonly (readonly IdForm[] | undefined)[] = Array.from(
  { length: MAX_LEADING + 1 },
  (_, digits) => {
    const forms = FORMS.filter(({ form }) => {
      const leading = Array.from(form).findIndex((sign) => sign !== "9");
      const least = leading < 0 ? form.length : leading;
      return digits === least || (digits === least + 1 && form.charAt(least) === "X");
    });
    return forms.length === 0 ? undefined : forms;
  },
);

/** The Italian one begins with six letters; the scan stops at its first digit. */
const LETTERS_FIRST = idForm("AAAAAA99A99A999A", isCodiceFiscale);
const LEADING_LETTERS = 6;

/** National identity numbers. One without a check digit cannot be told from any other number, and is not looked for. */
export const nationalIdDetector: TextDetector = {
  id: "national-id",
  group: "national-id",
  description:
    "National identity numbers with valid check digits: Brazil, China, France, India, Italy, Poland, Spain, Sweden",
  anchors: [],
  numbers: "any",
  digits: [1, MAX_LEADING],
  match: matchId,
  examples: () => ({
    catches: [
      ["529", "982", "247"].join(".") + "-25",
      ["110105", "19491231", "002X"].join(""),
      ["1234", "5678", "9010"].join(" "),
      `DNI ${["1234", "5678"].join("")}Z`,
      ["RSSMRA", "85T10", "A562S"].join(""),
      ["440514", "01359"].join(""),
      ["811228", "9874"].join("-"),
      ["2 55 08 14 168 025", "38"].join(" "),
    ],
    leaves: ["529.982.247-26", "12345678A", "2026-11-20", "811228-9875", "1700000000000", "123456789012"],
  }),
};

function matchId(scan: Scan, at: number): boolean {
  const before = scan.kind(at - 1);
  const digits = scan.skip(at, DIGIT, MAX_LEADING + 1) - at;
  if ((before & UPPER) !== 0) return digits === 2 && matchForm(scan, at - LEADING_LETTERS, LETTERS_FIRST);
  if ((before & GLUE) !== 0 && goesOn(scan, at, GLUE)) return false;
  const forms = FORMS_BY_DIGITS[digits];
  if (forms === undefined) return false;
  for (const form of forms) if (matchForm(scan, at, form)) return true;
  return false;
}

function idForm(form: string, isValid: IdForm["isValid"]): IdForm {
  const runs: [from: number, to: number][] = [];
  for (let at = 0; at < form.length; at++) {
    const last = runs.at(-1);
    if (!isFree(form.charCodeAt(at))) continue;
    if (last?.[1] === at) last[1] = at + 1;
    else runs.push([at, at + 1]);
  }
  return { form, runs, isValid };
}

function matchForm(scan: Scan, start: number, { form, runs, isValid }: IdForm): boolean {
  const end = start + form.length;
  for (let i = 0; i < form.length; i++) {
    const wanted = form.charCodeAt(i);
    const fits = isFree(wanted)
      ? scan.is(start + i, wanted === 0x39 ? DIGIT : wanted === 0x41 ? UPPER : DIGIT | UPPER)
      : scan.code(start + i) === wanted;
    if (!fits) {
      scan.steps += i + 1;
      return false;
    }
  }
  scan.steps += form.length;
  if (start < 0 || goesOn(scan, start, GLUE) || scan.is(end, GLUE)) return false;
  let characters = "";
  for (const [from, to] of runs) characters += scan.text.slice(start + from, start + to);
  return isValid(characters) && scan.found(start, end, jsonQuote(scan, start, end));
}

/** Whether the sign of a form stands for others. */
function isFree(sign: number): boolean {
  return sign === 0x39 || sign === 0x41 || sign === 0x58;
}

/** Characters that make the number part of something longer. */
const GLUE: number = ALNUM | HYPHEN | UNDERSCORE;
