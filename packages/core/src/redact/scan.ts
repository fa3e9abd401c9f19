import { classOf } from "./character-class.ts";
import { codeAt } from "./code-at.ts";
import type { NameClass } from "./key-rules.ts";
import type { FoundLabels } from "./found-labels.ts";

/** In none of the sets of characters. */
const BRACKET = 0x5d;

/** Shorter runs of characters are sooner read again than remembered. */
const LONG_RUN = 16;

/** A shorter text is sooner read than copied. */
const MIN_COPIED = 96;

/** Of a stretch that is looked at, so much is copied before and behind it. */
const MARGIN = 2048;

const BYTES_PER_UNIT = 2;

interface Searched {
  readonly from: number;
  readonly to: number;
}

/**
 * One pass over one text: where the detectors look, what they found, and how many steps all took together.
 * Detectors move over the text with `skip`, `skipBack` and `find` alone, so that every step is counted.
 */
export class Scan {
  readonly #labels: FoundLabels;
  text = "";
  /** A copy of a part of the text: reading it takes a third of what reading the text does, which may be a slice or a concatenation. */
  readonly #units: Uint16Array;
  readonly #unitBytes: Buffer;
  #copiedFrom = 0;
  #copied = 0;
  /** The most units that were copied since all were wiped. */
  #used = 0;
  /** Where the match that a detector reports begins and ends (exclusive). */
  start = 0;
  end = 0;
  /** Stands around the label in the place of the match: the quotes of a JSON value that had none. */
  wrap = "";
  /** Characters looked at so far. */
  steps = 0;
  /** Where the last name that the key-value detector judged ended: no name is judged twice. */
  judgedUntil = 0;
  /** Where the first part of the last token ended that the detector of JWTs read. */
  tokenUntil = 0;
  /** What the detector of names and values has found of names of this text that it does not keep. */
  readonly names: Map<string, NameClass> = new Map();
  /** Where the last command that the detector of `curl -u` read ended. */
  commandUntil = 0;
  /** Where the last stretch that the detector of IPv6 addresses judged ended. */
  addressUntil = 0;
  /** Everything before this is done with, whoever finds what in it. */
  skipTo = 0;
  #floor = 0;
  /** The first unit of the copy that is not before the floor. */
  #least = 0;
  /** Where each line begins that has escapes or look-alikes which may hide what it says; perhaps twice. */
  readonly veiled: number[] = [];
  #veiledFrom = 0;
  #veiledUntil = 0;
  /** The last long run of characters that was read, so that none who begins within reads it again: of what kind it is, and where it is. */
  #runKind = 0;
  #runFrom = 0;
  #runTo = 0;
  /** The last value without quotes that was read: from none of its places it ends elsewhere. */
  bareFrom = 0;
  bareTo = 0;
  /** Of the last object or list that was looked through, the stretch in which nothing looks like a secret. */
  dullFrom = 0;
  dullTo = 0;
  /** Of the last word that was judged by its looks, the stretch that has nothing but letters and marks as words have them, and its last letter. */
  wordyFrom = 0;
  wordyTo = 0;
  lastLetter = -1;
  /** By what was searched for: from where, and where it was found. */
  readonly #searches: Map<string, Searched> = new Map();
  /** Whether a nested value was found to have no end. */
  isUnbalanced = false;

  /** `stretch`: characters that are looked at between one `copy` and the next. */
  constructor(labels: FoundLabels, stretch = 0) {
    this.#labels = labels;
    this.#units = new Uint16Array(stretch + 2 * MARGIN);
    this.#unitBytes = Buffer.from(this.#units.buffer);
  }

  reset(text: string): void {
    this.text = text;
    this.judgedUntil = 0;
    this.addressUntil = 0;
    this.commandUntil = 0;
    this.tokenUntil = 0;
    this.bareFrom = 0;
    this.bareTo = 0;
    this.dullFrom = 0;
    this.dullTo = 0;
    this.wordyFrom = 0;
    this.wordyTo = 0;
    this.lastLetter = -1;
    if (this.#searches.size > 0) this.#searches.clear();
    this.isUnbalanced = false;
    if (this.veiled.length > 0) this.veiled.length = 0;
    this.#veiledFrom = 0;
    this.#veiledUntil = 0;
    this.#runKind = 0;
    this.skipTo = 0;
    this.steps = 0;
    this.#copied = 0;
    this.floor = 0;
    this.#labels.forget();
  }

  /**
   * The end of the last secret or label. Nobody sees what stands before it, as nobody would in the redacted text; 0 at first, so that
   * nobody reads before the text either.
   */
  get floor(): number {
    return this.#floor;
  }

  set floor(at: number) {
    this.#floor = at;
    this.#least = Math.max(0, at - this.#copiedFrom);
  }

  /** Makes the stretch that begins at `base` quick to read. */
  copy(base: number): void {
    const { text } = this;
    if (text.length < MIN_COPIED) return;
    const from = Math.max(0, base - MARGIN);
    const part = text.length <= this.#units.length ? text : text.slice(from, from + this.#units.length);
    this.#copiedFrom = part === text ? 0 : from;
    this.#copied = this.#unitBytes.write(part, 0, "utf16le") / BYTES_PER_UNIT;
    this.#least = Math.max(0, this.#floor - this.#copiedFrom);
    if (this.#copied > this.#used) this.#used = this.#copied;
  }

  /** Lets go of the text. */
  release(): void {
    this.text = "";
    this.#copied = 0;
    if (this.names.size > 0) this.names.clear();
  }

  /** Leaves no copy of a text behind. */
  forget(): void {
    this.#units.fill(0, 0, this.#used);
    this.#used = 0;
  }

  #unit(at: number): number {
    const place = at - this.#copiedFrom;
    // In bounds where it is read from the copy.
    return place >= 0 && place < this.#copied ? (this.#units[place] as number) : codeAt(this.text, at);
  }

  /** The code unit at `at`, -1 beyond the text; before the floor the bracket that a label ends with. */
  code(at: number): number {
    const place = at - this.#copiedFrom;
    if (place >= this.#least && place < this.#copied) return this.#units[place] as number; // in bounds
    return at < this.#floor ? BRACKET : codeAt(this.text, at);
  }

  /** The sets that the character at `at` is in; none before the floor and outside of the text. */
  kind(at: number): number {
    const place = at - this.#copiedFrom;
    if (place >= this.#least && place < this.#copied) return classOf(this.#units[place] as number); // in bounds
    return at >= this.#floor ? classOf(codeAt(this.text, at)) : 0;
  }

  /** Whether the character at `at` is in one of the sets. */
  is(at: number, mask: number): boolean {
    return (this.kind(at) & mask) !== 0;
  }

  /** The first position from `from` on, at most `limit` further, whose character is in none of the sets. */
  skip(from: number, mask: number, limit: number): number {
    const end = Math.min(this.text.length, from + limit);
    const known = mask === this.#runKind && from < end ? Math.min(end, this.runEnd(mask, from)) : from;
    const near = Math.min(end, from + LONG_RUN);
    let i = known;
    while (i < near && (classOf(this.#unit(i)) & mask) !== 0) i++;
    this.steps += i - known + 1;
    return i >= near && i < end ? this.#skipOn(from, i, mask, end) : i;
  }

  /** Goes on at `at` with a long run. */
  #skipOn(from: number, at: number, mask: number, end: number): number {
    let i = at;
    while (i < end && (classOf(this.#unit(i)) & mask) !== 0) i++;
    this.steps += i - at + 1;
    if (i > at) this.noteRun(mask, from, i);
    return i;
  }

  /** The end of what is known of a run of this kind in which `from` stands; `from` itself when nothing is. */
  runEnd(kind: number, from: number): number {
    return kind === this.#runKind && from >= this.#runFrom && from < this.#runTo ? this.#runTo : from;
  }

  /** Notes that all characters from `from` to `to` are of a kind: a mask of sets, or a negative number for another one. */
  noteRun(kind: number, from: number, to: number): void {
    const isMore = kind === this.#runKind && from >= this.#runFrom && from <= this.#runTo;
    if (!isMore) this.#runFrom = from;
    this.#runKind = kind;
    this.#runTo = isMore && this.#runTo > to ? this.#runTo : to;
  }

  /** The start of the run of characters in the sets that ends before `from`, at most `limit` back. */
  skipBack(from: number, mask: number, limit: number): number {
    const end = Math.max(this.#floor, from - limit);
    let i = from;
    const near = Math.max(end, from - LONG_RUN);
    while (i > near && (classOf(this.#unit(i - 1)) & mask) !== 0) i--;
    this.steps += from - i + 1;
    return i === near && i > end ? this.#skipBackOn(i, mask, end) : i;
  }

  #skipBackOn(from: number, mask: number, end: number): number {
    let i = from;
    let known = 0;
    for (; i > end && (classOf(this.#unit(i - 1)) & mask) !== 0; i--) {
      if (known > 0 || mask !== this.#runKind || i > this.#runTo || i <= this.#runFrom) continue;
      known = i - Math.max(end, this.#runFrom);
      i -= known - 1;
    }
    this.steps += from - i - Math.max(0, known - 1);
    if (i < from) this.noteRun(mask, i, from);
    return i;
  }

  /** Whether `literal` (given in lower case) stands at `at`, without regard to ASCII case. */
  startsWith(literal: string, at: number): boolean {
    if (at < this.#floor || at + literal.length > this.text.length) return false;
    for (let i = 0; i < literal.length; i++) {
      const code = this.#unit(at + i);
      const lower = code >= 0x41 && code <= 0x5a ? code + 32 : code;
      if (lower !== literal.charCodeAt(i)) return false;
    }
    this.steps += literal.length;
    return true;
  }

  /** Whether `literal` stands at `at`, in this very case. */
  startsWithExactly(literal: string, at: number): boolean {
    if (at < this.#floor) return false;
    for (let i = 0; i < literal.length; i++) if (this.#unit(at + i) !== literal.charCodeAt(i)) return false;
    this.steps += literal.length;
    return true;
  }

  /** Where `literal` stands next from `from` on; the end of the text where it does not. No stretch is searched twice for the same. */
  nextOf(literal: string, from: number): number {
    const known = this.#searches.get(literal);
    if (known !== undefined && from >= known.from && from <= known.to) {
      this.steps++;
      return known.to;
    }
    const found = this.text.indexOf(literal, from);
    const to = found < 0 ? this.text.length : found;
    this.#searches.set(literal, { from, to });
    this.steps += to - from + 1;
    return to;
  }

  /** Notes that the line around `at` is to be read in its plain view too. */
  veil(at: number): void {
    if (at >= this.#veiledFrom && at < this.#veiledUntil) return;
    const end = this.text.indexOf("\n", at);
    this.#veiledFrom = this.text.lastIndexOf("\n", at) + 1;
    this.#veiledUntil = end < 0 ? this.text.length : end + 1;
    this.veiled.push(this.#veiledFrom);
  }

  /** Where the label that begins at `at` ends, -1 if none does. */
  labelEnd(at: number): number {
    return this.#unit(at) === 0x5b ? this.#labels.endOf(this.text, at) : -1;
  }

  /** Reports a match. Always true, so that a detector can end with it. */
  found(start: number, end: number, wrap = ""): true {
    this.start = start;
    this.end = end;
    this.wrap = wrap;
    return true;
  }
}
