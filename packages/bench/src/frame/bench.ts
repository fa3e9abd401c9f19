import type { Results } from "./results.ts";
import type { Target } from "./target.ts";

/** What one run of a cell measured, by the figure's name. */
export type Figures = Readonly<Record<string, number>>;

/** Points of a curve, in the order of x. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Outcome {
  readonly figures: Figures;
  readonly series?: readonly Series[];
  /** What it needs and did not find; it has no figures then. */
  readonly lacks?: string;
}

/** What a cell is given to run in. */
export interface Scratch {
  /** An empty folder of its own, removed afterwards. */
  readonly directory: string;
  /** Part of the work to do: 1 is all of it, a smoke test takes a thousandth. */
  readonly scale: number;
  /** Whether programs that are not of this repository may be looked for, fetched and run. */
  readonly outside: boolean;
}

/** One thing that is measured: always in a fresh process, once a round. */
export interface Cell {
  /** Cells of a group are compared with each other, and run one right after the other in every round. */
  readonly group: string;
  /** Unique within its group. */
  readonly name: string;
  /** Run a single time, after all rounds: a curve. */
  readonly once?: boolean;
  run(scratch: Scratch): Promise<Outcome>;
}

/** A picture that a run draws. */
export interface Picture {
  /** Its name in `docs/pictures`. */
  readonly file: string;
  readonly svg: string;
}

export interface BenchReport {
  /** Tables in Markdown, which read as well on a terminal. */
  readonly markdown: string;
  readonly targets: readonly Target[];
  readonly pictures: readonly Picture[];
}

/** A list of cells, and how their outcomes are told. Its section of `docs/benchmarks.md` has its name. */
export interface Bench {
  readonly name: string;
  /** For `--help`. */
  readonly summary: string;
  readonly cells: readonly Cell[];
  /** Must do with any part of the cells: `--only` leaves cells out. */
  report(results: Results): BenchReport;
}

/** How a cell is named on the command line and in `reports/`. */
export function cellId(cell: Cell): string {
  return `${cell.group}: ${cell.name}`;
}
