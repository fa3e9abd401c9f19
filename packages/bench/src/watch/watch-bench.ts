import type { Bench, BenchReport } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { table, textTable, type Column } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { WAYS } from "./edit-ways.ts";
import { RACE, RACE_CELLS, staleFigure } from "./race.ts";
import { IDLE, TRIAL_CELLS, TRIAL_FIGURES, type TrialFigure, TRIALS } from "./trials.ts";
import { OURS, OURS_POLLING } from "./watchers.ts";

/** The watch and the reloader, beside watchers that a service might use instead. */
export const WATCH_BENCH: Bench = {
  name: "watch",
  summary: "edits found and applied, beside chokidar, fs.watch, @parcel/watcher and c12; what idling costs",
  cells: [...RACE_CELLS, ...TRIAL_CELLS],
  report,
};

function report(results: Results): BenchReport {
  const markdown = [raceTable(results), staleTable(results), trialTable(results)].filter((text) => text !== "");
  return { markdown: markdown.join("\n\n"), targets: targets(results), pictures: [] };
}

/** The largest of all rounds; NaN where there is none. */
function worst(results: Results, group: string, name: string, figure: string): number {
  const values = results.values(group, name, figure);
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

function raceTable(results: Results): string {
  const names = results.namesIn(RACE);
  if (names.length === 0) return "";
  const sum = (heading: string): Column<string> => ({
    heading,
    align: "right",
    cell: (name) => String(results.values(RACE, name, heading).reduce((total, value) => total + value, 0)),
  });
  const time = (heading: string, figure: string): Column<string> => ({
    heading,
    align: "right",
    cell: (name) => shown(results.median(RACE, name, figure), 0),
  });
  const columns: readonly Column<string>[] = [
    { heading: "watcher", align: "left", cell: (name) => name },
    ...["checkpoints", "stale", "repeated", "torn"].map(sum),
    time("p50 ms", "p50Ms"),
    time("p99 ms", "p99Ms"),
    { heading: "max ms", align: "right", cell: (name) => shown(worst(results, RACE, name, "maxMs"), 0) },
  ];
  return `From the end of an edit to its application; of edits that were found.\n\n${table(columns, names)}`;
}

function staleTable(results: Results): string {
  const names = results.namesIn(RACE);
  if (names.length === 0) return "";
  const columns: readonly Column<(typeof WAYS)[number]>[] = [
    { heading: "stale, by the way of the edit", align: "left", cell: ({ name }) => name },
    ...names.map((heading): Column<(typeof WAYS)[number]> => ({
      heading,
      align: "right",
      cell(way): string {
        const values = results.values(RACE, heading, staleFigure(way));
        return values.length === 0 ? "–" : String(values.reduce((total, value) => total + value, 0));
      },
    })),
  ];
  return table(columns, WAYS);
}

function trialTable(results: Results): string {
  const names = results.namesIn(TRIALS);
  if (names.length === 0) return "";
  const rows = TRIAL_FIGURES.filter(({ cell }) => names.includes(cell)).map((each) => [
    each.cell,
    shown(trialValue(results, each), 2),
    each.unit,
  ]);
  return textTable(["plumbline alone", "measured", ""], rows);
}

function trialValue(results: Results, { cell, figure, of = "worst" }: TrialFigure): number {
  return of === "worst" ? worst(results, TRIALS, cell, figure) : results.median(TRIALS, cell, figure);
}

function targets(results: Results): readonly Target[] {
  const most = (text: string, value: number, bound: number, unit: string): Target => ({
    text,
    value,
    bound,
    sense: "at most",
    unit,
  });
  const trial = (name: string): number => {
    const figure = TRIAL_FIGURES.find(({ cell }) => cell === name);
    return figure === undefined ? Number.NaN : trialValue(results, figure);
  };
  const found = (figure: string): number =>
    Math.max(worst(results, RACE, OURS, figure), worst(results, RACE, OURS_POLLING, figure));
  const failure = trial("no watches left");
  const isTried = results.namesIn(TRIALS).includes("no watches left");
  return [
    most("edit to applied, p50", results.median(RACE, OURS, "p50Ms"), 75, " ms"),
    most("edit to applied, p99", results.median(RACE, OURS, "p99Ms"), 250, " ms"),
    most("edit to applied by polling, the longest", worst(results, RACE, OURS_POLLING, "maxMs"), 1050, " ms"),
    most("stale at quiet checkpoints", found("stale"), 0, ""),
    most("applied without a change", found("repeated"), 0, ""),
    most("torn applied", found("torn"), 0, ""),
    most("edits without a rest: the longest gap", trial("edits without a rest"), 1000, " ms"),
    most("invalid to valid, target hangs", trial("corrected while the target hangs"), 250, " ms"),
    most("invalid to valid, in a retry", trial("corrected while the next attempt is waited for"), 250, " ms"),
    most("idle with 20 files, median second", trial(IDLE), 0.3, " % of a core"),
    // Where the kernel lets nobody use up the watches there is nothing to measure.
    ...(Number.isNaN(failure) && isTried ? [] : [most("watch failure said", failure, 1000, " ms")]),
  ];
}
