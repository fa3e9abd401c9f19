import { pairFrequency } from "./pair-frequency.ts";

/** What an anchor is found by. Of one pair there may be one character alone, which is the second of the first one when that is open. */
export interface AnchorPairs {
  readonly first: string;
  readonly second: string;
  readonly isOpen: boolean;
}

/** Anchors that share a bit. */
interface Group {
  readonly firsts: Set<string>;
  readonly seconds: Set<string>;
  /** How often the first pair of one of them stands in text, and how often the second of one. */
  first: number;
  second: number;
}

/**
 * Spreads anchors over the bits there are. A group stops the search wherever the first pair of one of its anchors stands before the second
 * pair of any: so each anchor goes where that becomes likelier by the least.
 */
export class AnchorGroups {
  readonly #groups: readonly Group[];

  constructor(count: number) {
    this.#groups = Array.from({ length: count }, () => ({
      firsts: new Set(),
      seconds: new Set(),
      first: 0,
      second: 0,
    }));
  }

  /** The group of each. Those that stand in text most often choose first: they would harm the most where they come late. */
  spread(anchors: readonly AnchorPairs[]): number[] {
    const groups: number[] = [];
    const weights = anchors.map(({ first, second }) => pairFrequency(first) * pairFrequency(second));
    const order = Array.from(anchors.keys()).toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
    for (const index of order) {
      const anchor = anchors[index];
      if (anchor !== undefined) groups[index] = this.#add(anchor);
    }
    return groups;
  }

  #add({ first: firstPair, second: secondPair, isOpen }: AnchorPairs): number {
    const firstKey = isOpen ? `?${firstPair}` : firstPair;
    const first = pairFrequency(firstPair);
    const second = pairFrequency(secondPair);
    let best = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [index, group] of this.#groups.entries()) {
      const grownFirst = group.first + (group.firsts.has(firstKey) ? 0 : first);
      const grownSecond = group.second + (group.seconds.has(secondPair) ? 0 : second);
      const growth = grownFirst * grownSecond - group.first * group.second;
      if (growth >= lowest) continue;
      best = index;
      lowest = growth;
    }
    const group = this.#groups[best];
    if (group === undefined) return 0;
    if (!group.firsts.has(firstKey)) group.first += first;
    if (!group.seconds.has(secondPair)) group.second += second;
    group.firsts.add(firstKey);
    group.seconds.add(secondPair);
    return best;
  }
}

/** The two pairs of an anchor; of one there may be one character alone. */
export function pairsOf(text: string, offset: number): AnchorPairs {
  const first = text.slice(Math.max(0, offset), offset + 2);
  return { first, second: text.slice(offset + 2, offset + 4), isOpen: offset < 0 };
}
