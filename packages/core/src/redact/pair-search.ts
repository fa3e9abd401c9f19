import { ESCAPED as ESCAPED_BIT, type PairMasks } from "./pair-masks.ts";

/** Pairs that are looked at together: mostly none of them has anything. */
export const BLOCK = 4;

/** Where the first pair stands in `PairSearch.bytes`. */
export const FIRST_PAIR = 2;

/** What is read behind the last character: the other half of its pair, the pair behind, and the rest of that one's block. */
export const BEHIND: number = 1 + 2 * BLOCK;

/**
 * Finds neighbouring pairs of characters that have a bit of their masks in common. All who have the same masks share it: each puts a text into the bytes
 * and searches it, and asks nothing of what is there later.
 */
export interface PairSearch {
  /** A text, one byte for each character, all of them below 128. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly masks: PairMasks;
  /** Two numbers for each pair where anything may be but an escape, in order: the second pair of the two, and what may be there. */
  readonly hits: Int32Array;
  /**
   * Notes in `hits` where something may be, up to the pair at `end` and up to three behind it, and gives the count of these, with `HAS_ESCAPED` added where any character is one
   * that JSON escapes. It only notes it: asking at once what it is would cost this loop, which most of the time goes to, half its speed.
   */
  find(end: number): number;
}

/** Above any count of hits. */
export const HAS_ESCAPED: number = 1 << 30;

/** The longest text: its bytes, with what is read before and behind them, and the pairs that are looked at, in whole blocks. */
export interface SearchSize {
  readonly bytes: number;
  readonly pairs: number;
}

// The engine takes a constant of this very module for one, but reads an imported one anew each time: that alone halves a loop's speed. `placeOf` is
// written out for the same reason.
const NOT_ESCAPED = ~ESCAPED_BIT;
const PLACE_SHIFT = 4;

/** The search where there is no WebAssembly, as under `node --jitless`. */
export function createInterpreted(masks: PairMasks, size: SearchSize): PairSearch {
  const bytes = new Uint8Array(size.bytes);
  const hits = new Int32Array(2 * size.pairs);
  const pairs = new Uint16Array(bytes.buffer, FIRST_PAIR, (size.bytes - FIRST_PAIR) >> 1);
  return { bytes, masks, hits, find: (end) => searchPairs(pairs, masks, end, hits) };
}

function searchPairs(pairs: Uint16Array, masks: PairMasks, end: number, hits: Int32Array): number {
  const start = pairs[0] as number; // in bounds, like all that is read here: codes stay below 128
  let begun = masks[2 * (start + (start >> PLACE_SHIFT))] as number;
  let seen = 0;
  let count = 0;
  for (let i = 1; i <= end; i += 4) {
    let a = pairs[i] as number;
    let b = pairs[i + 1] as number;
    let c = pairs[i + 2] as number;
    let d = pairs[i + 3] as number;
    a = 2 * (a + (a >> PLACE_SHIFT));
    b = 2 * (b + (b >> PLACE_SHIFT));
    c = 2 * (c + (c >> PLACE_SHIFT));
    d = 2 * (d + (d >> PLACE_SHIFT));
    const ofA = begun & (masks[a + 1] as number);
    const ofB = (masks[a] as number) & (masks[b + 1] as number);
    const ofC = (masks[b] as number) & (masks[c + 1] as number);
    const ofD = (masks[c] as number) & (masks[d + 1] as number);
    const found = ofA | ofB | ofC | ofD;
    seen |= found;
    if ((found & NOT_ESCAPED) !== 0) {
      count = note(hits, count, i, ofA);
      count = note(hits, count, i + 1, ofB);
      count = note(hits, count, i + 2, ofC);
      count = note(hits, count, i + 3, ofD);
    }
    begun = masks[d] as number;
  }
  return (seen & ~NOT_ESCAPED) === 0 ? count : count + HAS_ESCAPED;
}

function note(hits: Int32Array, count: number, pair: number, found: number): number {
  if ((found & NOT_ESCAPED) === 0) return count;
  hits[2 * count] = pair;
  hits[2 * count + 1] = found;
  return count + 1;
}
