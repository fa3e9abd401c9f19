import type { ContenderId } from "./contender.ts";
import type { Findings } from "./oracle.ts";

/** One contender in one scenario: what its runs came to. */
export interface Cell {
  readonly scenario: string;
  readonly contender: ContenderId;
  readonly runs: number;
  /** Events that count: acknowledged, or handed over, as the scenario says. */
  readonly due: number;
  readonly lost: number;
  /** Whether what is lost was promised. */
  readonly isPromised: boolean;
  /** Of the lost ones, those that the sink itself reported as dropped; they are not in `lost`. */
  readonly toldDropped: number;
  readonly torn: number;
  readonly repeated: number;
  readonly reordered: number;
  /** What else went against a promise, with the seed of the run that shows it. */
  readonly faults: readonly string[];
  /** Said beside the figures. */
  readonly notes: readonly string[];
}

const MAX_FAULTS = 6;

/** Adds up the runs of one cell. */
export class Tally {
  readonly #scenario: string;
  readonly #contender: ContenderId;
  readonly #isPromised: boolean;
  readonly #notes = new Set<string>();
  readonly #faults: string[] = [];
  #runs = 0;
  #due = 0;
  #lost = 0;
  #toldDropped = 0;
  #torn = 0;
  #repeated = 0;
  #reordered = 0;

  constructor(scenario: string, contender: ContenderId, isPromised: boolean) {
    this.#scenario = scenario;
    this.#contender = contender;
    this.#isPromised = isPromised;
  }

  /** Counts runs that were read back together. `label` says how to repeat them. */
  add(label: string, runs: number, due: number, findings: Findings, toldDropped = 0): void {
    const lost = Math.max(0, findings.lost + findings.holes - toldDropped);
    this.#runs += runs;
    this.#due += due;
    this.#lost += lost;
    this.#toldDropped += toldDropped;
    this.#torn += findings.torn;
    this.#repeated += findings.repeated;
    this.#reordered += findings.reordered;
    const isBad = findings.torn + findings.repeated + findings.reordered + (this.#isPromised ? lost : 0) > 0;
    if (isBad) this.fault(`${label}: ${findings.details.slice(0, 4).join("; ")}`);
  }

  fault(text: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(text);
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  cell(): Cell {
    return {
      scenario: this.#scenario,
      contender: this.#contender,
      runs: this.#runs,
      due: this.#due,
      lost: this.#lost,
      isPromised: this.#isPromised,
      toldDropped: this.#toldDropped,
      torn: this.#torn,
      repeated: this.#repeated,
      reordered: this.#reordered,
      faults: this.#faults,
      notes: [...this.#notes],
    };
  }
}
