import { AnchorGroups, pairsOf } from "./anchor-groups.ts";
import { AnchorProbes, BEYOND_ASCII, probeOf } from "./anchor-probes.ts";
import type { FoundLabels } from "./found-labels.ts";
import { lowerCase, pairCost } from "./pair-frequency.ts";
import { createPairMasks, GROUPS, markFirst, markSecond, PAIRS } from "./pair-masks.ts";
import { createPairSearch } from "./compiled-search.ts";
import { BEHIND, BLOCK, FIRST_PAIR, type PairSearch } from "./pair-search.ts";

/** Characters that are looked at as bytes at a time; even, so that no pair lies across a border. */
export const WINDOW: number = 16 * 1024;

/** Of the next window this much is loaded too: the pair behind the last one. */
export const LOOK_AHEAD = 2;

/** A character may take so many bytes before it is made one. */
const MOST_BYTES = 3;

const SEARCH_SIZE = {
  bytes: FIRST_PAIR + (WINDOW + LOOK_AHEAD) * MOST_BYTES + BEHIND,
  pairs: Math.ceil((WINDOW / 2 + 1) / BLOCK) * BLOCK,
};

/** A text that somebody is to be asked about wherever it stands. */
export interface AnchorText {
  readonly text: string;
  /** Whether it is compared with case. */
  readonly isExact: boolean;
}

/** An anchor as two of its pairs make it known. */
interface Entry extends AnchorText {
  /** Where the first pair stands beside the anchor's start. */
  readonly offset: number;
  /** Its place among all anchors: of two that begin at the same character the earlier is asked first. */
  readonly order: number;
}

/**
 * What is known of an anchor stands in this order in `AnchorTable.fields`: its group; a character that is compared first (where it stands beside the
 * first pair, and its code with bit 5 set); where the first pair stands beside the anchor's start; where its text begins in `codes`, and how long it is; how
 * it is compared; its order.
 */
const FIELDS = 8;
export const BIT = 0;
export const PROBE_AT = 1;
export const PROBE = 2;
export const OFFSET = 3;
export const TEXT_FROM = 4;
export const TEXT_LENGTH = 5;
export const HOW = 6;
export const ORDER = 7;
/** Of `HOW`: it is compared with case; all of it is ASCII, and so can be compared with the bytes. */
export const EXACT = 1;
export const ASCII = 2;

/**
 * What pairs of characters may be the beginning of. A text is looked at two characters at a time, as a Uint16 of two bytes in memory: the first
 * character and 256 times the second. The first mask of a pair and the second one of the next pair have no bit in common where nothing may be that is looked for: nearly everywhere in
 * ordinary text.
 *
 * So each anchor is entered with two neighbouring pairs that begin at an even place in it and with two that begin at an odd one, the rarest
 * of each; where a pair lies across an end of the anchor, with all pairs that have its character and any other.
 */
export interface AnchorTable {
  /** Has the masks of the pairs, and searches a window by them. */
  readonly search: PairSearch;
  /** The buckets `byFirst[pair]` and `bySecond[the next pair]`: each anchor is in one of them, that with fewer pairs. */
  readonly byFirst: Uint16Array;
  readonly bySecond: Uint16Array;
  /** The groups of the anchors in a bucket; and where in `members` the places in `fields` of these begin, up to where the next bucket's do. */
  readonly bucketBits: Int32Array;
  readonly bucketStarts: Int32Array;
  readonly members: Int32Array;
  /** All numbers that are known of anchors. An object for each takes several times as long to read, and its text longer still. */
  readonly fields: Int32Array;
  readonly codes: Uint16Array;
  /** Characters of the longest. */
  readonly longest: number;
}

/** The anchors with which labels begin. */
export interface LabelAnchors {
  /** Their orders: `from` is the first, `to` is one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly found: FoundLabels;
}

/** `numbers` are the digits to stop at: `any` single one, or those that a `long` number has. */
export function createAnchorTable(given: readonly AnchorText[], numbers: "any" | "long"): AnchorTable {
  const masks = createPairMasks(numbers);
  const byFirst = new Uint16Array(PAIRS);
  const bySecond = new Uint16Array(PAIRS);
  const buckets: number[][] = [[]];
  const groups = new AnchorGroups(GROUPS);
  let longest = 0;
  const entries: Entry[] = [];
  for (const [order, { text: written, isExact }] of given.entries()) {
    const text = isExact ? written : lowerCase(written);
    for (const parity of [0, 1]) {
      entries.push({ text, isExact, offset: rarestPlace(text, isExact, parity), order });
    }
    longest = Math.max(longest, text.length);
  }
  const bits = groups.spread(entries.map(({ text, offset }) => pairsOf(text, offset)));
  const probes = new AnchorProbes(entries);
  const fields = new Int32Array(entries.length * FIELDS);
  const codes: number[] = [];
  for (const [index, entry] of entries.entries()) {
    const { text, offset, isExact, order } = entry;
    const bit = 1 << (bits[index] ?? 0);
    const probeAt = probes.choose(entry);
    const how = (isExact ? EXACT : 0) | (isAscii(text) ? ASCII : 0);
    const place = index * FIELDS;
    fields.set([bit, probeAt, probeOf(text, offset + probeAt), offset, codes.length, text.length, how, order], place);
    for (let i = 0; i < text.length; i++) codes.push(text.charCodeAt(i));
    eachPair(text, offset, isExact, (pair) => markFirst(masks, pair, bit));
    eachPair(text, offset + 2, isExact, (pair) => markSecond(masks, pair, bit));
    const isFirst = countPairs(text, offset, isExact) <= countPairs(text, offset + 2, isExact);
    const byPair = isFirst ? byFirst : bySecond;
    eachPair(text, isFirst ? offset : offset + 2, isExact, (pair) => {
      buckets[byPair[pair] || (byPair[pair] = buckets.push([]) - 1)]?.push(place);
    });
  }
  const bucketBits = Int32Array.from(buckets, (members) =>
    members.reduce((all, place) => all | (fields[place + BIT] ?? 0), 0),
  );
  const bucketStarts = new Int32Array(buckets.length + 1);
  for (const [index, { length }] of buckets.entries()) bucketStarts[index + 1] = (bucketStarts[index] ?? 0) + length;
  const members = Int32Array.from(buckets.flat());
  return {
    search: createPairSearch(masks, SEARCH_SIZE),
    byFirst,
    bySecond,
    bucketBits,
    bucketStarts,
    members,
    fields,
    codes: Uint16Array.from(codes),
    longest,
  };
}

function isAscii(text: string): boolean {
  return Array.from(text).every((character) => character < "\u0080");
}

/** Of the places of one parity, -1 among them, where the rarest two pairs begin. */
function rarestPlace(text: string, isExact: boolean, parity: number): number {
  let best = 0 - parity;
  let lowest = Number.POSITIVE_INFINITY;
  for (let at = 0 - parity; at < text.length; at += 2) {
    const cost = pairCost(text.slice(Math.max(0, at), at + 2), isExact) + pairCost(text.slice(at + 2, at + 4), isExact);
    if (cost < lowest) {
      best = at;
      lowest = cost;
    }
  }
  return best;
}

/** Visits the pairs that may stand at a place in an anchor, partly beyond its ends perhaps. */
function eachPair(text: string, at: number, isExact: boolean, visit: (pair: number) => void): void {
  const seconds = codesAt(text, at + 1, isExact);
  for (const first of codesAt(text, at, isExact)) for (const second of seconds) visit(first | (second << 8));
}

function countPairs(text: string, at: number, isExact: boolean): number {
  return codesAt(text, at, isExact).length * codesAt(text, at + 1, isExact).length;
}

const ALL_CODES: readonly number[] = Array.from({ length: 128 }, (_, code) => code);

/** The codes that a character of an anchor is found by; all of them beyond its ends. */
function codesAt(text: string, at: number, isExact: boolean): readonly number[] {
  if (at < 0 || at >= text.length) return ALL_CODES;
  const code = text.charCodeAt(at);
  if (code >= 128) return [BEYOND_ASCII];
  return isLetter(code) && !isExact ? [code, code - 32] : [code];
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}
