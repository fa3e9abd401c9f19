import type { Journal, OutputReport } from "@plumbline/core";

/** A journal that tells where it stands. */
export interface MarkedJournal extends Journal {
  /** Calls back with the position behind all lines given before the call, before any later one is in the file. */
  mark(known: (position: string) => void): void;
}

/**
 * A place in a journal between two events, at which one delivery ends and another begins: everything appended before it was made stands before it,
 * everything appended later behind it.
 */
export interface JournalBoundary {
  /** The journal's account when the boundary was made. */
  readonly report: OutputReport;
  /** The last number that had reached `written` then. */
  readonly written: number;
  /** `undefined` until everything before it has its number. */
  readonly position: string | undefined;
  /** Calls back with the position within the call that makes it known; at once where it is. */
  whenKnown(callback: (position: string) => void): void;
}

/** Makes a boundary where an open journal ends now. */
export function createJournalBoundary(journal: MarkedJournal): JournalBoundary {
  const { ledger, ring } = journal;
  return new Boundary(ledger.report(), ring.reached("written"), journal);
}

class Boundary implements JournalBoundary {
  readonly report: OutputReport;
  readonly written: number;
  #position: string | undefined;
  #callbacks: ((position: string) => void)[] = [];

  constructor(report: OutputReport, written: number, journal: MarkedJournal) {
    this.report = report;
    this.written = written;
    journal.mark((position) => {
      this.#position = position;
      for (const callback of this.#callbacks.splice(0)) callback(position);
    });
  }

  get position(): string | undefined {
    return this.#position;
  }

  whenKnown(callback: (position: string) => void): void {
    if (this.#position === undefined) this.#callbacks.push(callback);
    else callback(this.#position);
  }
}
