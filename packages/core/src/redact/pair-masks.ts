/** What four neighbouring characters may mean; each lower bit stands for a group of anchors, one of which may be there. */
export const ESCAPED: number = 1 << 31;
export const NUMBER: number = 7 << 28;
const NUMBER_BITS = [1 << 28, 1 << 29, 1 << 30] as const;
/** Of the other bits. */
export const GROUPS = 28;

/**
 * Of each pair of characters two masks, the first one at `placeOf(pair)` and the second one behind it: what may be where it is followed by another pair, and what where it follows
 * one. Nothing may be where the first mask of a pair and the second one of the next pair have no bit in common.
 */
export type PairMasks = Int32Array<ArrayBuffer>;

/** Codes stay below 128. */
export const PAIRS: number = 128 * 256;

/** Rows are moved against each other, so that the letters of all do not compete for the same few lines of the processor's cache. */
function placeOf(pair: number): number {
  return 2 * (pair + (pair >> 4));
}

/** Masks that say where JSON escapes a character, and where a number begins: `any` single digit, or those that a `long` number has. */
export function createPairMasks(numbers: "any" | "long"): PairMasks {
  const masks = new Int32Array(placeOf(PAIRS));
  markEscaped(masks);
  markNumbers(masks, numbers);
  return masks;
}

export function markFirst(masks: PairMasks, pair: number, bit: number): void {
  mark(masks, placeOf(pair), bit);
}

export function markSecond(masks: PairMasks, pair: number, bit: number): void {
  mark(masks, placeOf(pair) + 1, bit);
}

function mark(masks: PairMasks, place: number, bit: number): void {
  masks[place] = (masks[place] ?? 0) | bit;
}

/** JSON escapes control characters, the quote and the backslash. */
function markEscaped(masks: PairMasks): void {
  for (let code = 0; code < 128; code++) {
    const isEscaped = code < 0x20 || code === 0x22 || code === 0x5c;
    for (let other = 0; other < 128; other++) {
      markSecond(masks, code | (other << 8), ESCAPED);
      if (!isEscaped) continue;
      markFirst(masks, code | (other << 8), ESCAPED);
      markFirst(masks, other | (code << 8), ESCAPED);
    }
  }
}

/** A long number has three digits in a row, with one more, a space or a hyphen behind them, or two digits behind two capitals. */
function markNumbers(masks: PairMasks, numbers: "any" | "long"): void {
  const [bit, afterCapitals, afterCapital] = NUMBER_BITS;
  for (let one = 0; one < 128; one++) {
    for (let two = 0; two < 128; two++) {
      const pair = one | (two << 8);
      if (numbers === "any") {
        markSecond(masks, pair, bit);
        if (isDigit(one) || isDigit(two)) markFirst(masks, pair, bit);
        continue;
      }
      if (isDigit(one) && isDigit(two)) markFirst(masks, pair, bit);
      if (isDigit(one) && (isDigit(two) || two === 0x20 || two === 0x2d)) markSecond(masks, pair, bit);
      if (isCapital(one) && isCapital(two)) markFirst(masks, pair, afterCapitals);
      if (isDigit(one) && isDigit(two)) markSecond(masks, pair, afterCapitals);
      if (isCapital(one) && isDigit(two)) markFirst(masks, pair, afterCapital);
      if (isDigit(one)) markSecond(masks, pair, afterCapital);
    }
  }
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
