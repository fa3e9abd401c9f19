import { BEYOND_ASCII as BEYOND } from "./anchor-probes.ts";
import type { PairMasks } from "./pair-masks.ts";

// As in `anchor-finder.ts`: an imported constant is read anew each time.
const BEYOND_ASCII = BEYOND;

/** The longest text that is skimmed: from there on the copy into bytes pays. */
export const MAX_SKIMMED = 32;

/** What is told of a text that has characters beyond ASCII: everything may be in it. */
const ANYTHING = -1;

/** The bits that any two neighbouring pairs of a text of at most `MAX_SKIMMED` characters have in common. */
export function skim(masks: PairMasks, text: string): number {
  const { length } = text;
  let begun = 0;
  let seen = 0;
  for (let i = 0; i <= length + 1; i += 2) {
    const one = i < length ? text.charCodeAt(i) : BEYOND_ASCII;
    const two = i + 1 < length ? text.charCodeAt(i + 1) : BEYOND_ASCII;
    if ((one | two) > 127) return ANYTHING;
    const place = placeOf(one | (two << 8));
    seen |= begun & (masks[place + 1] as number); // in bounds: codes stay below 128
    begun = masks[place] as number;
  }
  return seen;
}

/** As in `pair-masks.ts`. */
function placeOf(pair: number): number {
  return 2 * (pair + (pair >> 4));
}
