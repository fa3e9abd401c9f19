import { cellId, type Cell, type Figures, type Outcome, type Series } from "./bench.ts";
import { median, range } from "./statistics.ts";

/** What the cells of a run measured, round by round. */
export class Results {
  readonly #outcomes: ReadonlyMap<string, readonly Outcome[]>;
  readonly cells: readonly Cell[];

  constructor(cells: readonly Cell[], outcomes: ReadonlyMap<string, readonly Outcome[]>) {
    this.cells = cells;
    this.#outcomes = outcomes;
  }

  /** Names of the cells of a group that were run, in their order. */
  namesIn(group: string): readonly string[] {
    return this.cells
      .filter((cell) => cell.group === group && this.rounds(group, cell.name).length > 0)
      .map(({ name }) => name);
  }

  /** The figures of every round. */
  rounds(group: string, name: string): readonly Figures[] {
    return (this.#outcomes.get(`${group}: ${name}`) ?? []).map(({ figures }) => figures);
  }

  /** Every round's value of a figure; empty where the cell was not run or has no such figure. */
  values(group: string, name: string, figure: string): readonly number[] {
    return this.rounds(group, name).flatMap((figures) => figures[figure] ?? []);
  }

  /** NaN where there is none. */
  median(group: string, name: string, figure: string): number {
    return median(this.values(group, name, figure));
  }

  /** The largest of all rounds. */
  worst(group: string, name: string, figure: string): number {
    return range(this.values(group, name, figure)).max;
  }

  range(group: string, name: string, figure: string): { readonly min: number; readonly max: number } {
    return range(this.values(group, name, figure));
  }

  /**
   * How many times the base the cell took: the median of each round's own ratio, so that what the machine did meanwhile in
   * a round falls on both. NaN where one of them was not run.
   */
  ratio(group: string, name: string, base: string, figure: string): number {
    const own = this.values(group, name, figure);
    const others = this.values(group, base, figure);
    return median(own.flatMap((value, round) => value / (others[round] ?? Number.NaN)).filter(Number.isFinite));
  }

  /** What cells needed and did not find, by the names of the cells. */
  lacking(): ReadonlyMap<string, string> {
    const found = this.cells.map((cell) => [cellId(cell), this.#outcomes.get(cellId(cell))?.[0]?.lacks] as const);
    return new Map(found.flatMap(([id, lacks]) => (lacks === undefined ? [] : [[id, lacks] as const])));
  }

  /** Curves of a cell: each point is the median of all rounds'. */
  series(group: string, name: string): readonly Series[] {
    const rounds = (this.#outcomes.get(`${group}: ${name}`) ?? []).flatMap(({ series }) => (series ? [series] : []));
    return (rounds[0] ?? []).map(({ name: curve, points }, index) => ({
      name: curve,
      points: points.map((_, place): Series["points"][number] => {
        const measured = rounds.flatMap((series) => series[index]?.points.slice(place, place + 1) ?? []);
        return [median(measured.map(([x]) => x)), median(measured.map(([, y]) => y))];
      }),
    }));
  }

  /** All of it, for a file. */
  toJSON(): unknown {
    return Object.fromEntries(this.cells.map((cell) => [cellId(cell), this.#outcomes.get(cellId(cell)) ?? []]));
  }
}
