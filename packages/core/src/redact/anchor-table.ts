/** Stands for every character that is not ASCII. */
export const BEYOND_ASCII = 127;

/** An anchor, found by the pair of characters in it that is the rarest in ordinary text. */
export interface Anchor<Owner> {
  /** Lower case. */
  readonly text: string;
  /** Where in `text` its rarest pair stands. */
  readonly offset: number;
  /** A third character of it, looked at before the rest: where it stands beside the anchor's start, and its code with bit 5 set. */
  readonly probeAt: number;
  readonly probe: number;
  readonly owner: Owner;
}

/** Which anchors a pair of neighbouring characters may belong to. */
export interface AnchorTable<Owner> {
  /** `pairs[previous << 7 | current]` is an index into `buckets`, `DIGIT_BUCKET`, or 0 where no anchor has that pair. */
  readonly pairs: Uint8Array;
  readonly buckets: readonly (readonly Anchor<Owner>[])[];
}

/** Marks the pairs of which the second alone is a digit: a number begins there. */
export const DIGIT_BUCKET = 255;

/** Tells small letters from capitals; signs that differ in it alone are told apart by the comparison that follows. */
export const CASE_BIT = 0x20;

/** More pairs than this share the last bucket. */
const MAX_BUCKETS = 254;

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
const WITH_SIGN = 5;

export function createAnchorTable<Owner>(
  anchors: Iterable<readonly [text: string, owner: Owner]>,
  withDigits: boolean,
): AnchorTable<Owner> {
  const pairs = new Uint8Array(128 * 128);
  const buckets: Anchor<Owner>[][] = [[]];
  for (const [given, owner] of anchors) {
    const text = lowerCase(given);
    const offset = rarestPair(text);
    if (offset < 0) {
      addSingle(pairs, buckets, text, owner);
      continue;
    }
    const first = column(text, offset);
    const second = column(text, offset + 1);
    let bucket = pairs[(first << 7) | second] ?? 0;
    if (bucket === 0) {
      bucket = Math.min(buckets.length, MAX_BUCKETS);
      for (const a of bothCases(first)) for (const b of bothCases(second)) pairs[(a << 7) | b] = bucket;
      buckets[bucket] ??= [];
    }
    const probeAt = offset > 0 ? offset - 1 : Math.min(offset + 2, text.length - 1);
    buckets[bucket]?.push({ text, offset, probeAt, probe: text.charCodeAt(probeAt) | CASE_BIT, owner });
  }
  if (withDigits) claimDigits(pairs);
  return { pairs, buckets };
}

/** An anchor of one character, or with no other pair than one that ends in a digit, is found by all pairs that end in a character of it. */
function addSingle<Owner>(pairs: Uint8Array, buckets: Anchor<Owner>[][], text: string, owner: Owner): void {
  const at = Array.from(text).findIndex((_, i) => !isDigit(column(text, i)));
  if (at < 0) throw new RangeError("an anchor needs a character that is no digit");
  const anchor: Anchor<Owner> = { text, offset: at - 1, probeAt: 0, probe: text.charCodeAt(0) | CASE_BIT, owner };
  const shared = Math.min(buckets.length, MAX_BUCKETS);
  const touched = new Set<number>();
  for (let previous = 0; previous < 128; previous++) {
    for (const code of bothCases(column(text, at))) {
      const pair = (previous << 7) | code;
      if (pairs[pair] === 0) pairs[pair] = shared;
      touched.add(pairs[pair] ?? shared);
    }
  }
  buckets[shared] ??= [];
  for (const bucket of touched) buckets[bucket]?.push(anchor);
}

/** No anchor is looked for by a pair that ends in a digit, so these are free. */
function claimDigits(pairs: Uint8Array): void {
  for (let previous = 0; previous < 128; previous++) {
    if (isDigit(previous)) continue;
    for (let digit = 0x30; digit <= 0x39; digit++) pairs[(previous << 7) | digit] = DIGIT_BUCKET;
  }
}

/** Where the rarest pair begins; -1 where no pair can serve: one character, or nothing but digits after the first. */
function rarestPair(text: string): number {
  let best = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 1 < text.length; i++) {
    if (isDigit(column(text, i + 1))) continue; // the scan jumps over numbers
    const cost = pairCost(text.slice(i, i + 2));
    if (cost < lowest) {
      best = i;
      lowest = cost;
    }
  }
  return best;
}

function pairCost(pair: string): number {
  const known = COSTS.get(pair);
  if (known !== undefined) return known;
  if (pair.includes(" ")) return WITH_BLANK;
  if (isDigit(column(pair, 0))) return WITH_DIGIT;
  const areLetters = isLetter(column(pair, 0)) && isLetter(column(pair, 1));
  return areLetters ? UNCOMMON_LETTERS : WITH_SIGN;
}

/** Of ASCII alone: that is how anchors are compared. */
function lowerCase(text: string): string {
  return Array.from(text, (character) => (character < "\u0080" ? character.toLowerCase() : character)).join("");
}

function column(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? code : BEYOND_ASCII;
}

function bothCases(code: number): number[] {
  return isLetter(code) ? [code, code - 32] : [code];
}

/** Of lower-case text. */
function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
