import { addCounts } from "./telemetry-report.ts";

/** Something that counts by key. */
export interface CountSource {
  counts(): Readonly<Record<string, number>>;
}

/** The counts of a part that may be replaced: those of its predecessors are added to its own. */
export class RunningCounts {
  #source: CountSource | undefined;
  #before: Readonly<Record<string, number>> = {};

  /** Counts with another source from now on. */
  follow(source: CountSource | undefined): void {
    if (source === this.#source) return;
    this.#before = this.total();
    this.#source = source;
  }

  total(): Readonly<Record<string, number>> {
    return this.#source === undefined ? this.#before : addCounts(this.#before, this.#source.counts());
  }
}
