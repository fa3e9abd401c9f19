import { ESCAPED as ESCAPED_BIT } from "./anchor-table.ts";

/** Pairs that are looked at together: nearly all have nothing. */
export const BLOCK = 4;

// The engine takes a constant of this very module for one, but reads an imported one anew each time: that alone halves a loop's speed. `placeOf` is
// written out for the same reason.
const NOT_ESCAPED = ~ESCAPED_BIT;
const PLACE_SHIFT = 4;

/** What a search found. One is made and used again. */
export interface PairHits {
  /** The second pair of the first two in each block where anything may be but an escape. */
  readonly blocks: Int32Array;
  count: number;
  /** Whether any character is one that JSON escapes. */
  hasEscaped: boolean;
}

/** Room for the hits in so many pairs. */
export function createPairHits(pairs: number): PairHits {
  return { blocks: new Int32Array(Math.ceil(pairs / BLOCK) + 1), count: 0, hasEscaped: false };
}

/**
 * Notes where something may be that is looked for, up to the pair at `end`. It only notes it: asking at once what it is would cost this
 * loop, which most of the time goes to, half its speed. Reads up to three pairs behind `end`.
 */
export function searchPairs(
  pairs: Uint16Array,
  first: Int32Array,
  second: Int32Array,
  end: number,
  hits: PairHits,
): void {
  const { blocks } = hits;
  const start = pairs[0] as number; // in bounds, like all that is read here: codes stay below 128
  let begun = first[start + (start >> PLACE_SHIFT)] as number;
  let seen = 0;
  let count = 0;
  for (let i = 1; i <= end; i += 4) {
    let a = pairs[i] as number;
    let b = pairs[i + 1] as number;
    let c = pairs[i + 2] as number;
    let d = pairs[i + 3] as number;
    a += a >> PLACE_SHIFT;
    b += b >> PLACE_SHIFT;
    c += c >> PLACE_SHIFT;
    d += d >> PLACE_SHIFT;
    const found =
      (begun & (second[a] as number)) |
      ((first[a] as number) & (second[b] as number)) |
      ((first[b] as number) & (second[c] as number)) |
      ((first[c] as number) & (second[d] as number));
    seen |= found;
    if ((found & NOT_ESCAPED) !== 0) blocks[count++] = i;
    begun = first[d] as number;
  }
  hits.count = count;
  hits.hasEscaped = (seen & ~NOT_ESCAPED) !== 0;
}
