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
  #last: EventId | undefined;
  #expected: string | undefined;
  #isSkipping: boolean;
  /** The last number of every epoch that came: an old epoch that comes back is seen. */
  readonly #lastSeqs = new Map<string, number>();

  /** Entries up to and with `after` are skipped. */
  constructor(after: EventId | undefined) {
    this.#isSkipping = after !== undefined;
    if (after !== undefined) this.#advance(after);
  }

  /** The last id that came, or was skipped to. */
  get last(): EventId | undefined {
    return this.#last;
  }

  /** Whether the place to begin at was not reached yet. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /** Whether a file that begins with this id can be the next one, with nothing missing in between. */
  continuesWith(first: EventId): boolean {
    if (this.#last === undefined) return true;
    return first.epoch === this.#last.epoch ? first.seq <= this.#last.seq + 1 : first.seq === 1;
  }

  /** The entries as they go on from what came before: holes added, what came already turned into a problem. */
  follow(entries: readonly StoredEntry[]): readonly JournalEntry[] {
    const followed: JournalEntry[] = [];
    for (const entry of entries) {
      if (entry.kind === "line" && entry.id === this.#expected && this.#expected !== undefined) {
        this.#isSkipping = false;
        this.#step();
        followed.push(entry);
      } else {
        this.#place(entry, followed);
      }
    }
    return followed;
  }

  #place(entry: StoredEntry, followed: JournalEntry[]): void {
    const id = entry.kind === "line" && entry.id !== undefined ? parseId(entry.id) : undefined;
    if (entry.kind === "problem" || id === undefined) {
      if (!this.#isSkipping) followed.push(entry);
      return;
    }
    if (this.#isSkipping) {
      if (this.#last !== undefined && compareIds(id, this.#last) <= 0) return;
      this.#isSkipping = false;
    }
    const lastSeq = this.#lastSeqs.get(id.epoch) ?? 0;
    const { file, offset, size } = entry;
    if (id.seq <= lastSeq) {
      followed.push({ kind: "problem", problem: "out-of-order", file, offset, size });
      return;
    }
    // Nothing is known of what was before the very first line.
    if (id.seq > lastSeq + 1 && this.#last !== undefined) {
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
    this.#advance(id);
    followed.push(entry);
  }

  #step(): void {
    if (this.#last !== undefined) this.#advance({ epoch: this.#last.epoch, seq: this.#last.seq + 1 });
  }

  #advance(id: EventId): void {
    this.#last = id;
    this.#lastSeqs.set(id.epoch, id.seq);
    this.#expected = formatId(id.epoch, id.seq + 1);
  }
}
