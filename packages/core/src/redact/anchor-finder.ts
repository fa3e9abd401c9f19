import { BEYOND_ASCII as BEYOND, CASE_BIT as CASE } from "./anchor-probes.ts";
import { equalInBytes, equalInText } from "./anchor-comparison.ts";
import {
  type AnchorTable,
  ASCII as IS_ASCII,
  BIT as BIT_FIELD,
  HOW as HOW_FIELD,
  type LabelAnchors,
  LOOK_AHEAD,
  OFFSET as OFFSET_FIELD,
  ORDER as ORDER_FIELD,
  PROBE as PROBE_FIELD,
  PROBE_AT as PROBE_AT_FIELD,
  TEXT_LENGTH as TEXT_LENGTH_FIELD,
  WINDOW,
} from "./anchor-table.ts";
import { codeAt } from "./code-at.ts";
import { ESCAPED as ESCAPED_BIT, NUMBER as NUMBER_BITS } from "./pair-masks.ts";
import { BEHIND, BLOCK, FIRST_PAIR, HAS_ESCAPED as HAS_ESCAPED_BIT } from "./pair-search.ts";
import { skim } from "./skim.ts";
import { hasTellingNumber, isDigit, isTelling } from "./telling-number.ts";
import { isVeiling } from "./unveil.ts";

// The engine takes a constant of this very module for one, but reads an imported one anew each time, which the loops below would feel.
const BEYOND_ASCII = BEYOND;
const CASE_BIT = CASE;
const ESCAPED = ESCAPED_BIT;
const NUMBER = NUMBER_BITS;
const BIT = BIT_FIELD;
const PROBE_AT = PROBE_AT_FIELD;
const PROBE = PROBE_FIELD;
const OFFSET = OFFSET_FIELD;
const TEXT_LENGTH = TEXT_LENGTH_FIELD;
const HOW = HOW_FIELD;
const ORDER = ORDER_FIELD;
const ASCII = IS_ASCII;
const HAS_ESCAPED = HAS_ESCAPED_BIT;

/** Of the window before, this much is kept in front: the first character of a number, and what stands before it. */
const LOOK_BACK = FIRST_PAIR;

/** Up to here a loop is quicker than the call of the native copy into bytes. */
const SHORT = 32;

/** In the place of an anchor's order: a number begins here. */
export const NUMBER_HIT = -1;

/**
 * Finds where anything may begin that a detector is to be asked about: in one pass over the pairs of characters, two characters at a time.
 * It says beside whether JSON escapes anything in the text, which costs nothing more.
 */
export class AnchorFinder {
  readonly #table: AnchorTable;
  readonly #labels: LabelAnchors | undefined;
  readonly #asksAnyNumber: boolean;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Where the window's own characters go. */
  readonly #target: Uint8Array<ArrayBuffer>;
  /** The same, two characters in one. */
  readonly #pairs: Uint16Array;
  /** The last two characters of the window before. */
  #before = BEYOND_ASCII;
  #last = BEYOND_ASCII;
  readonly #units = new Uint16Array(WINDOW + LOOK_AHEAD);
  readonly #unitBytes = Buffer.from(this.#units.buffer);
  readonly #encoder = new TextEncoder();
  #loaded = 0;
  #numberUntil = 0;
  #veiledUntil = 0;
  /** The end of the last label. */
  #labelUntil = 0;
  /** What was found, in order of where it begins, then of who is to be asked: `NUMBER_HIT`, or an anchor's place in the table. */
  readonly starts: number[] = [];
  readonly orders: number[] = [];
  count = 0;
  /** The first character of each line that looks like another one, or like none. */
  readonly veils: number[] = [];
  /** Whether JSON escapes anything, surrogates among it. */
  hasEscaped = false;
  /** Characters looked at so far. */
  steps = 0;

  /** `labels` are known by some of the anchors. */
  constructor(table: AnchorTable, numbers: "any" | "long", labels?: LabelAnchors) {
    const { bytes } = table.search;
    this.#table = table;
    this.#bytes = bytes;
    this.#target = bytes.subarray(LOOK_BACK);
    this.#pairs = new Uint16Array(bytes.buffer, bytes.byteOffset + LOOK_BACK, (WINDOW + LOOK_AHEAD) / 2 + BLOCK);
    this.#labels = labels;
    this.#asksAnyNumber = numbers === "any";
  }

  /** Begins with a new text. */
  begin(): void {
    this.#before = BEYOND_ASCII;
    this.#last = BEYOND_ASCII;
    this.#numberUntil = 0;
    this.#veiledUntil = 0;
    this.#labelUntil = 0;
    this.count = 0;
    if (this.veils.length > 0) this.veils.length = 0;
    this.hasEscaped = false;
    this.steps = 0;
  }

  /** {@link skim} of a short text. When it says no, the text is to be looked at. */
  skims(text: string): boolean {
    const seen = skim(this.#table.search.masks, text);
    if ((seen & ~(ESCAPED | NUMBER)) !== 0) return false;
    this.hasEscaped = (seen & ESCAPED) !== 0;
    this.steps = text.length;
    return (seen & NUMBER) === 0 || (!this.#asksAnyNumber && !hasTellingNumber(text));
  }

  /** Adds what begins in the window at `base` and before `to`. Windows are looked at in order. */
  look(text: string, base: number, to: number): void {
    this.#labels?.found.begin();
    const loaded = Math.min(WINDOW + LOOK_AHEAD, to - base);
    this.#load(loaded === text.length ? text : text.slice(base, base + loaded), text, base);
    this.#loaded = loaded;
    const { search, byFirst, bySecond, bucketBits } = this.#table;
    const { hits } = search;
    const pairs = this.#pairs;
    const end = (Math.min(WINDOW, loaded) + 1) >> 1;
    const seen = search.find(end);
    if ((seen & HAS_ESCAPED) !== 0) this.hasEscaped = true;
    const count = seen & ~HAS_ESCAPED;
    for (let hit = 0; hit < count; hit++) {
      const at = hits[2 * hit] as number; // in bounds, like all that is read here
      if (at > end) break;
      if (base + 2 * at + 1 < this.#labelUntil) continue; // whatever begins in a label is none
      const found = hits[2 * hit + 1] as number;
      if ((found & NUMBER) !== 0) this.#number(text, base, 2 * at - 2);
      const one = byFirst[pairs[at - 1] as number] as number;
      if (((bucketBits[one] as number) & found) !== 0) this.#anchors(text, base, 2 * at - 2, one, found);
      const other = bySecond[pairs[at] as number] as number;
      if (((bucketBits[other] as number) & found) !== 0) this.#anchors(text, base, 2 * at - 2, other, found);
    }
    this.steps += loaded;
    this.#before = this.#bytes[WINDOW] as number;
    this.#last = this.#bytes[WINDOW + 1] as number;
  }

  /** Takes the first `count` out of what was found. */
  drop(count: number): void {
    this.count -= count;
    for (let i = 0; i < this.count; i++) {
      this.starts[i] = this.starts[i + count] ?? 0;
      this.orders[i] = this.orders[i + count] ?? 0;
    }
  }

  /** Leaves no copy of a text behind. */
  forget(): void {
    this.#before = BEYOND_ASCII;
    this.#last = BEYOND_ASCII;
    this.#bytes.fill(0, 0, LOOK_BACK + this.#longestLoaded + 1);
    this.#units.fill(0, 0, this.#longestLoaded);
    this.#longestLoaded = 0;
  }
  #longestLoaded = 0;

  /** Puts the window's characters into bytes, all that are not ASCII as one. */
  #load(part: string, text: string, base: number): void {
    const bytes = this.#target;
    const length = part.length;
    this.#bytes[0] = this.#before;
    this.#bytes[1] = this.#last;
    if (length > this.#longestLoaded) this.#longestLoaded = length;
    if (length <= SHORT) {
      let all = 0;
      for (let i = 0; i < length; i++) {
        const code = part.charCodeAt(i);
        bytes[i] = code;
        all |= code;
      }
      if (all >= 128) this.#loadWide(part, text, base);
    } else {
      const { read, written } = this.#encoder.encodeInto(part, bytes);
      if (written > this.#longestLoaded) this.#longestLoaded = written;
      if (read !== length || written !== length) this.#loadWide(part, text, base);
    }
    for (let i = length; i < length + BEHIND; i++) bytes[i] = BEYOND_ASCII;
  }

  #loadWide(part: string, text: string, base: number): void {
    const bytes = this.#target;
    const units = this.#units;
    const length = part.length;
    this.#unitBytes.write(part, 0, "utf16le");
    for (let i = 0; i < length; i++) {
      const code = units[i] as number; // in bounds
      if (code < 128) {
        bytes[i] = code;
        continue;
      }
      bytes[i] = BEYOND_ASCII;
      if (code >= 0xd800 && code <= 0xdfff) this.hasEscaped = true;
      if (base + i >= this.#veiledUntil && isVeiling(code)) {
        this.veils.push(base + i);
        const lineEnd = text.indexOf("\n", base + i);
        this.#veiledUntil = lineEnd < 0 ? text.length : lineEnd;
      }
    }
  }

  #anchors(text: string, base: number, at: number, bucket: number, groups: number): void {
    const bytes = this.#bytes;
    const { bucketStarts, members, fields } = this.#table;
    const from = bucketStarts[bucket] as number; // in bounds, like all that is read here: the character beside a pair of the window too
    const to = bucketStarts[bucket + 1] as number;
    this.steps += to - from;
    for (let i = from; i < to; i++) {
      const anchor = members[i] as number;
      if (((fields[anchor + BIT] as number) & groups) === 0) continue;
      const seen = bytes[LOOK_BACK + at + (fields[anchor + PROBE_AT] as number)] as number;
      if ((seen | CASE_BIT) !== (fields[anchor + PROBE] as number)) continue;
      const place = at - (fields[anchor + OFFSET] as number) + LOOK_BACK;
      const length = fields[anchor + TEXT_LENGTH] as number;
      const isLoaded =
        ((fields[anchor + HOW] as number) & ASCII) !== 0 && place >= 0 && place - LOOK_BACK + length <= this.#loaded;
      const start = base + place - LOOK_BACK;
      const equal = isLoaded
        ? equalInBytes(this.#table, anchor, bytes, place)
        : equalInText(this.#table, anchor, text, start);
      this.steps += equal + 1;
      if (equal === length) this.#found(text, base, start, fields[anchor + ORDER] as number);
    }
  }

  #found(text: string, base: number, start: number, order: number): void {
    this.#add(start, order);
    const labels = this.#labels;
    if (labels === undefined || order < labels.from || order >= labels.to) return;
    const end = labels.found.note(text, start, this.#target, start - base, this.#loaded);
    if (end > this.#labelUntil) this.#labelUntil = end;
  }

  /** A number begins at `at` of the window, before or behind it. Each is looked at once. */
  #number(text: string, base: number, at: number): void {
    const bytes = this.#target;
    let start = at;
    while (!isDigit(bytes[start] as number)) start++; // two further at most, which is in bounds
    if (base + start < this.#numberUntil) return;
    const before = this.#bytes[LOOK_BACK + start - 1] as number;
    if (isDigit(before) && base + start > 0) start -= 1; // of two at most, as every other one has been looked at
    let end = start + 1;
    while (end < this.#loaded && isDigit(bytes[end] as number)) end++;
    if (end === this.#loaded) while (isDigit(codeAt(text, base + end))) end++;
    this.steps += end - start;
    this.#numberUntil = base + end;
    if (this.#asksAnyNumber || isTelling(text, base + start, base + end)) {
      this.#add(base + start, NUMBER_HIT);
    }
  }

  /** Keeps the order: what begins earlier may be found later, by a pair near its end. */
  #add(start: number, order: number): void {
    const { starts, orders } = this;
    let i = this.count++;
    for (; i > 0; i--) {
      const before = starts[i - 1] as number; // in bounds, as its order is
      if (before < start || (before === start && (orders[i - 1] as number) <= order)) break;
      starts[i] = before;
      orders[i] = orders[i - 1] as number;
      this.steps += 1;
    }
    starts[i] = start;
    orders[i] = order;
  }
}
