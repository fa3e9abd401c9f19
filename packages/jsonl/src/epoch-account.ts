/** Where something was found. */
export interface LinePlace {
  readonly file: string;
  /** 1 for the first line of the file. */
  readonly line: number;
  /** Bytes from the beginning of the file (unpacked) to the line. */
  readonly offset: number;
}

/** Numbers that did not come, from the line before which they are missing. */
export interface MissingRange {
  readonly from: number;
  readonly to: number;
  readonly place: LinePlace;
}

/** What one epoch's numbers came to. */
export interface EpochReport {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  /** Lines that came with a number of this epoch, repeated ones too. */
  readonly lines: number;
  /** Numbers between `first` and `last` that never came. */
  readonly missing: number;
  readonly repeated: number;
  /** Numbers that came after a higher one. */
  readonly reordered: number;
}

/** Ranges kept apart; beyond that a late line counts as repeated, since what is missing is only counted. */
const MAX_RANGES = 65_536;

/** Checks the numbers of one epoch as they come: each of `first..last` once, in order. Memory grows with the holes alone. */
export class EpochAccount {
  readonly #epoch: string;
  #first: number;
  #last: number;
  #lines = 0;
  #repeated = 0;
  #reordered = 0;
  #missingUnplaced = 0;
  #ranges: MissingRange[] = [];

  /** Numbers below `first` are not expected. */
  constructor(epoch: string, first: number) {
    this.#epoch = epoch;
    this.#first = first;
    this.#last = first - 1;
  }

  /** The number that should come next. */
  get expected(): number {
    return this.#last + 1;
  }

  /** Takes the number of the line at `place`. */
  take(seq: number, place: LinePlace): "next" | "hole" | "repeated" | "reordered" {
    this.#lines += 1;
    if (seq === this.#last + 1) {
      this.#last = seq;
      return "next";
    }
    if (seq > this.#last) {
      this.#miss({ from: this.#last + 1, to: seq - 1, place });
      this.#last = seq;
      return "hole";
    }
    if (seq < this.#first) {
      if (seq < this.#first - 1) this.#miss({ from: seq + 1, to: this.#first - 1, place });
      this.#first = seq;
    } else if (!this.#fill(seq)) {
      this.#repeated += 1;
      return "repeated";
    }
    this.#reordered += 1;
    return "reordered";
  }

  /** The ranges that are still missing, in the order in which they were seen to be. */
  get missing(): readonly MissingRange[] {
    return this.#ranges;
  }

  report(): EpochReport {
    return {
      epoch: this.#epoch,
      first: this.#first,
      last: this.#last,
      lines: this.#lines,
      missing: this.#ranges.reduce((sum, range) => sum + range.to - range.from + 1, this.#missingUnplaced),
      repeated: this.#repeated,
      reordered: this.#reordered,
    };
  }

  #miss(range: MissingRange): void {
    if (this.#ranges.length < MAX_RANGES) this.#ranges.push(range);
    else this.#missingUnplaced += range.to - range.from + 1;
  }

  /** Takes a number out of the range that it is missing from. */
  #fill(seq: number): boolean {
    // Displaced lines are near where they belong: the newest range is looked at first.
    const at = this.#ranges.findLastIndex((range) => range.from <= seq && seq <= range.to);
    const range = this.#ranges[at];
    if (range === undefined) return false;
    const { from, to, place } = range;
    const parts: MissingRange[] = [];
    if (from < seq) parts.push({ from, to: seq - 1, place });
    if (seq < to) parts.push({ from: seq + 1, to, place });
    this.#ranges.splice(at, 1, ...parts);
    return true;
  }
}
