import type { Bench, BenchReport } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { type Column, table, textTable } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { ALONE, COPY, HANDOFF_CELLS, LARGE, MEMORY, OURS, READY_TO_VISIBLE, SMALL } from "./handoff-cells.ts";

/** Handing files on to a folder, beside copying them there. */
export const HANDOFF_BENCH: Bench = {
  name: "handoff",
  summary: "files handed on to a folder, beside copy + fsync at the final name; latency and memory",
  cells: HANDOFF_CELLS,
  report,
};

function report(results: Results): BenchReport {
  const parts = [
    groupTable(results, LARGE, "MiB/s", "mebibytesPerSecond"),
    groupTable(results, SMALL, "files/s", "filesPerSecond"),
    aloneTable(results),
  ];
  return { markdown: parts.filter((part) => part !== "").join("\n\n"), targets: targets(results), pictures: [] };
}

function groupTable(results: Results, group: string, heading: string, figure: string): string {
  const names = results.namesIn(group);
  if (names.length === 0) return "";
  const number = (title: string, of: string, digits: number): Column<string> => ({
    heading: title,
    align: "right",
    cell: (name) => shown(results.median(group, name, of), digits),
  });
  const columns: readonly Column<string>[] = [
    { heading: group, align: "left", cell: (name) => name },
    number(heading, figure, 0),
    number("CPU ms", "cpuMs", 0),
    ...(group === LARGE ? [number("loop stall p99 ms", "stallMs", 1)] : []),
    number("corrupt", "corrupt", 0),
  ];
  return table(columns, names);
}

function aloneTable(results: Results): string {
  const rows = results.namesIn(ALONE).map((name): readonly string[] => {
    if (name === MEMORY)
      return [name, `${shown(results.median(ALONE, name, "grownMebibytes"), 1)} MiB more for a file 16 times as large`];
    return [
      name,
      `p50 ${shown(results.median(ALONE, name, "p50Ms"), 1)} ms, p99 ${shown(results.median(ALONE, name, "p99Ms"), 1)} ms`,
    ];
  });
  return rows.length === 0 ? "" : textTable([ALONE, "measured"], rows);
}

function targets(results: Results): readonly Target[] {
  const rate = (name: string): number => results.median(LARGE, name, "mebibytesPerSecond");
  return [
    {
      text: "a large file: plumbline ÷ copy + fsync",
      value: rate(OURS) / rate(COPY),
      bound: 0.9,
      sense: "at least",
      unit: "×",
    },
    {
      text: "event-loop stall, p99",
      value: results.median(LARGE, OURS, "stallMs"),
      bound: 10,
      sense: "at most",
      unit: " ms",
    },
    {
      text: "ready to visible, p50",
      value: results.median(ALONE, READY_TO_VISIBLE, "p50Ms"),
      bound: 50,
      sense: "at most",
      unit: " ms",
    },
    {
      text: "memory, 64 MiB against 1 GiB",
      value: results.median(ALONE, MEMORY, "grownMebibytes"),
      bound: 16,
      sense: "at most",
      unit: " MiB",
    },
  ];
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
