/** What a subscriber saw, against the events `first` to `last`, each of which it should see once, in order. */
export interface Findings {
  readonly found: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
}

const QUOTED_N = Buffer.from('"n":');
const ZERO = 0x30;

/** Where the event's number stands in the text of its line in UTF-8; -1 where there is none before `end`. Source: the fields that `journal-lines.ts` writes. */
export function placeOfNumber(bytes: Buffer, from: number, end: number): number {
  const at = bytes.indexOf(QUOTED_N, from);
  return at < 0 || at >= end ? -1 : at + QUOTED_N.length;
}

/** The event's number; -1 where there is none. */
export function numberIn(bytes: Buffer, from: number, end: number): number {
  const at = placeOfNumber(bytes, from, end);
  return at < 0 ? -1 : digitsAt(bytes, at);
}

/** The same bytes, with what a `Buffer` can do. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The whole number whose digits begin at `at`. */
export function digitsAt(bytes: Buffer, at: number): number {
  let found = 0;
  for (let next = at; ; next++) {
    const digit = (bytes[next] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return found;
    found = found * 10 + digit;
  }
}

/** Takes the numbers of events as they come. */
export class SequenceOracle {
  readonly #first: number;
  #seen: Uint8Array;
  #found = 0;
  #repeated = 0;
  #reordered = 0;
  #last = 0;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#seen = new Uint8Array(Math.max(0, last - first + 1));
  }

  take(n: number): void {
    const at = n - this.#first;
    const before = this.#seen[at];
    if (before === undefined) return; // from before or behind what is measured
    if (before === 1) this.#repeated += 1;
    else {
      this.#seen[at] = 1;
      this.#found += 1;
      if (n < this.#last) this.#reordered += 1;
    }
    if (n > this.#last) this.#last = n;
  }

  /** What comes behind this event is not measured: it is to be one that has not come yet. */
  endAt(last: number): void {
    this.#seen = this.#seen.subarray(0, Math.max(0, last - this.#first + 1));
  }

  get found(): number {
    return this.#found;
  }

  get isComplete(): boolean {
    return this.#found === this.#seen.length;
  }

  /** Whether the last event was seen: nothing more is to come, but what comes late. */
  get isAtEnd(): boolean {
    return this.#seen.at(-1) !== 0;
  }

  findings(): Findings {
    const lost = this.#seen.length - this.#found;
    return { found: this.#found, lost, repeated: this.#repeated, reordered: this.#reordered };
  }
}

/** The findings of many subscribers, added up. */
export function sumOf(all: readonly Findings[]): Findings {
  return all.reduce(
    (sum, each) => ({
      found: sum.found + each.found,
      lost: sum.lost + each.lost,
      repeated: sum.repeated + each.repeated,
      reordered: sum.reordered + each.reordered,
    }),
    { found: 0, lost: 0, repeated: 0, reordered: 0 },
  );
}
