/** Pairs that are common in English and in log lines, the commonest first. */
const COMMON_PAIRS =
  "in er on te re ti at es ed th en or st he io an nt co ng to ss it se is de ar al me le nd ro ns li ra ce ec ne ct om ri ic ve ta pe " +
  "ur el us ca as ou et la tr si ch ll ma di il ho ea no rs so ot fo hi em ac pr lo ut id po ha mo be ge ee ie ul un su ad ai ol os pa " +
  "rt ry ss da ap od au tp nn oc rk pi cc sg cv gi rd ay ow ev sh ir tu im op ia mp am fi vi pl ig ld fe bl ab gh ty wo sa ex ke fr oo " +
  "av ag ba iv ki sc ub rc qu sk cr wi we wh wa ts ov bo nu mi gn ef rm lt do ck ok ue va ly fa ei ep up cn bs e: e. s. [r a- i. k_ m_ g. q-";

const COSTS: ReadonlyMap<string, number> = new Map(COMMON_PAIRS.split(" ").map((pair, rank) => [pair, 300 - rank]));
const UNCOMMON_LETTERS = 20;
const WITH_BLANK = 150;
const WITH_DIGIT = 40;
const TWO_DIGITS = 290;
const WITH_SIGN = 5;
/** An exact pair with a capital in it. */
const WITH_CAPITAL = 10;
/** One character and any other are commoner than any pair. */
const WITH_ANY = 400;
const LETTERS_BY_RARITY = "zqxjkvbpygfwmculdrhsnioate";
const ANY = 1000;

export function pairCost(pair: string, isExact: boolean): number {
  const lower = lowerCase(pair);
  if (pair.length === 0) return ANY;
  if (pair.length === 1) return WITH_ANY + LETTERS_BY_RARITY.indexOf(lower);
  if (isExact && lower !== pair) return WITH_CAPITAL;
  const known = COSTS.get(lower);
  if (known !== undefined) return known;
  if (pair.includes(" ")) return WITH_BLANK;
  const first = pair.charCodeAt(0);
  const second = pair.charCodeAt(1);
  if (isDigit(first) || isDigit(second)) return isDigit(first) && isDigit(second) ? TWO_DIGITS : WITH_DIGIT;
  return isLetter(lower.charCodeAt(0)) && isLetter(lower.charCodeAt(1)) ? UNCOMMON_LETTERS : WITH_SIGN;
}

/** About how often the pair stands in ordinary text, as a part of all pairs; of one character, how often any pair with it does. */
export function pairFrequency(pair: string): number {
  if (pair.length === 0) return 1;
  if (pair.length === 1) {
    const rarity = LETTERS_BY_RARITY.indexOf(lowerCase(pair));
    return rarity < 0 ? OTHER_CHARACTER : 0.002 * (1 + rarity);
  }
  const cost = pairCost(pair, true);
  return cost < WITH_DIGIT ? 0.0002 : cost === WITH_DIGIT ? 0.002 : 0.02 / (1 + (300 - cost) / 40);
}

/** Digits, and signs between them. */
const OTHER_CHARACTER = 0.04;

/** Of ASCII alone: that is how anchors are compared. */
export function lowerCase(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return lowerCaseOf(text);
  }
  return text;
}

function lowerCaseOf(text: string): string {
  return Array.from(text, (character) => (character < "\u0080" ? character.toLowerCase() : character)).join("");
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
