/** Stands for every character that is not ASCII, and for what lies beyond the text's end. */
export const BEYOND_ASCII = 127;

/** Tells small letters from capitals; signs that differ in it alone are told apart by the comparison that follows. */
export const CASE_BIT = 0x20;

/** An anchor, and where in it the first of its two pairs begins. */
interface PlacedAnchor {
  readonly text: string;
  readonly offset: number;
}

/** Places beside the start of the first pair that are loaded wherever a pair is looked at. */
const PROBED_PLACES = [-1, -2, 3, 2, 1, 0];

/** Which character of an anchor tells it best from those that have a pair in common with it. */
export class AnchorProbes {
  readonly #counts = new Map<number, number>();

  constructor(entries: readonly PlacedAnchor[]) {
    for (const entry of entries) {
      for (const place of PROBED_PLACES) {
        if (!hasPlace(entry, place)) continue;
        for (const pair of PAIRS) {
          const key = keyOf(entry, place, pair);
          this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
        }
      }
    }
  }

  /** Its place beside the start of the first pair. */
  choose(entry: PlacedAnchor): number {
    let best = 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (const place of PROBED_PLACES) {
      if (!hasPlace(entry, place)) continue;
      const others = PAIRS.reduce((sum, pair) => sum + (this.#counts.get(keyOf(entry, place, pair)) ?? 0), 0);
      if (others >= fewest) continue;
      best = place;
      fewest = others;
    }
    return best;
  }
}

/** Where an anchor's two pairs begin. */
const PAIRS: readonly number[] = [0, 2];

function hasPlace({ text, offset }: PlacedAnchor, place: number): boolean {
  return offset + place >= 0 && offset + place < text.length;
}

/** The same for all anchors that have the same pair, and the same character at the same place beside it. */
function keyOf({ text, offset }: PlacedAnchor, place: number, pair: number): number {
  const from = offset + pair;
  const shared = codeAt(text, from) * CODES + codeAt(text, from + 1);
  return ((place - pair + MOST_PLACES) * CODES + probeOf(text, offset + place)) * CODES * CODES + shared;
}

const CODES = 128;
/** No place is further from a pair. */
const MOST_PLACES = 4;

/** 0 outside of the text. */
function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? Math.min(text.charCodeAt(at), BEYOND_ASCII) : 0;
}

/** The code that a character of an anchor is compared by. */
export function probeOf(text: string, at: number): number {
  return Math.min(text.charCodeAt(at), BEYOND_ASCII) | CASE_BIT;
}
