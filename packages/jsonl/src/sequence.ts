import { formatId, parseId, type EventId } from "@plumbline/core";
import { compareIds } from "./cursor.ts";
import type { StoredEntry } from "./stored-line.ts";

/** Numbers that are missing between two lines: their segment was retired, or their lines are damaged. */
export interface StoredHole {
  readonly kind: "hole";
  /** The last id before the hole; `undefined` when an epoch does not begin with its first number. */
  readonly from: string | undefined;
  /** The first id after it. */
  readonly to: string;
  /** How many numbers are missing for certain; where an earlier epoch ended cannot be known. */
  readonly missing: number;
  readonly file: string;
  readonly offset: number;
}

export type JournalEntry = StoredEntry | StoredHole;

/** What has come so far of a journal's dense numbers, and what does not belong where it stands. */
export class Sequence {
  #epoch = "";
  /** 0 before the first. */
  #seq = 0;
  #isSkipping: boolean;
  /** The last number of every epoch that was left for another: one that comes back is seen. */
  readonly #left = new Map<string, number>();

  /** Entries up to and with `after` are skipped. */
  constructor(after: EventId | undefined) {
    this.#isSkipping = after !== undefined;
    if (after !== undefined) this.#goTo(after);
  }

  /** The last id that came, or was skipped to. */
  get last(): EventId | undefined {
    return this.#seq === 0 ? undefined : { epoch: this.#epoch, seq: this.#seq };
  }

  /** Whether the place to begin at was not reached yet. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /** Whether a file that begins with this id can be the next one, with nothing missing in between. */
  continuesWith(first: EventId): boolean {
    if (this.#seq === 0) return true;
    return first.epoch === this.#epoch ? first.seq <= this.#seq + 1 : first.seq === 1;
  }

  /** The entries as they go on from what came before: holes added, what came already turned into a problem. */
  follow(entries: readonly StoredEntry[]): readonly JournalEntry[] {
    const followed: JournalEntry[] = [];
    for (const entry of entries) {
      if (entry.kind === "line" && this.#isNext(entry.id)) {
        this.#isSkipping = false;
        this.#seq += 1;
        followed.push(entry);
      } else {
        this.#place(entry, followed);
      }
    }
    return followed;
  }

  /** Nearly every line is the next one: seen without taking its id apart or making the one that is expected. */
  #isNext(id: string | undefined): boolean {
    const digitsAt = this.#epoch.length + 1;
    if (id === undefined || this.#seq === 0 || id.length > digitsAt + MAX_DIGITS || !id.startsWith(this.#epoch)) {
      return false;
    }
    if (id.charCodeAt(digitsAt - 1) !== COLON || id.charCodeAt(digitsAt) === ZERO) return false;
    let seq = 0;
    for (let at = digitsAt; at < id.length; at++) {
      const digit = id.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return false;
      seq = seq * 10 + digit;
    }
    return seq === this.#seq + 1;
  }

  #place(entry: StoredEntry, followed: JournalEntry[]): void {
    const id = entry.kind === "line" && entry.id !== undefined ? parseId(entry.id) : undefined;
    if (entry.kind === "problem" || id === undefined) {
      if (!this.#isSkipping) followed.push(entry);
      return;
    }
    if (this.#isSkipping) {
      if (compareIds(id, { epoch: this.#epoch, seq: this.#seq }) <= 0) return;
      this.#isSkipping = false;
    }
    const lastSeq = id.epoch === this.#epoch ? this.#seq : (this.#left.get(id.epoch) ?? 0);
    const { file, offset, size } = entry;
    if (id.seq <= lastSeq) {
      followed.push({ kind: "problem", problem: "out-of-order", file, offset, size });
      return;
    }
    // Nothing is known of what was before the very first line.
    if (id.seq > lastSeq + 1 && this.#seq !== 0) {
      const from = lastSeq === 0 ? undefined : formatId(id.epoch, lastSeq);
      followed.push({
        kind: "hole",
        from,
        to: formatId(id.epoch, id.seq),
        missing: id.seq - lastSeq - 1,
        file,
        offset,
      });
    }
    this.#goTo(id);
    followed.push(entry);
  }

  #goTo(id: EventId): void {
    if (id.epoch !== this.#epoch) {
      if (this.#seq !== 0) this.#left.set(this.#epoch, this.#seq);
      this.#epoch = id.epoch;
    }
    this.#seq = id.seq;
  }
}

const COLON = 0x3a;
const ZERO = 0x30;
/** As many as a number in an id may have. */
const MAX_DIGITS = 16;
