import { cpus } from "node:os";
import type { Cell } from "./cell.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Length } from "./scenario.ts";
import { failureOf } from "./verdict.ts";

/** A run of the lab, as it is written down. */
export interface LabReport {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly seed: number;
  readonly length: Length;
  readonly seconds: number;
  readonly cells: readonly Cell[];
  /** Each cell is a test. */
  readonly passed: number;
  readonly failed: number;
  /** Which failed, and in what. */
  readonly failedTests: readonly string[];
  /** What the machine lacked, and for which cells. */
  readonly skippedTests: readonly string[];
}

export function summarise(
  run: { readonly seed: number; readonly length: Length; readonly seconds: number },
  cells: readonly Cell[],
  skippedTests: readonly string[],
): LabReport {
  const failedTests = cells.flatMap((cell) => {
    const failure = failureOf(cell);
    return failure === undefined ? [] : [`${cell.scenario}, ${CONTENDERS[cell.contender].name}: ${failure}`];
  });
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    ...run,
    cells,
    passed: cells.length - failedTests.length,
    failed: failedTests.length,
    failedTests,
    skippedTests,
  };
}

const HEADINGS = ["scenario", "sink", "runs", "events", "lost", "torn", "repeated", "reordered", "said so", ""];
const FIGURES_FROM = 2;
const FIGURES_TO = 8;

/** The table in Markdown; it reads as well on a terminal. */
export function toMarkdown(cells: readonly Cell[]): string {
  const rows = cells.map((cell, index) => [
    cells[index - 1]?.scenario === cell.scenario ? "" : cell.scenario,
    CONTENDERS[cell.contender].name,
    ...[cell.runs, cell.due].map(String),
    `${cell.lost}${cell.lost > 0 && !cell.isPromised && CONTENDERS[cell.contender].role === "ours" ? " (not promised)" : ""}`,
    ...[cell.torn, cell.repeated, cell.reordered, cell.toldDropped].map(String),
    [...(failureOf(cell) === undefined ? [] : ["**FAILED**"]), ...cell.notes].join("; "),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isFigure = (column: number): boolean => column >= FIGURES_FROM && column <= FIGURES_TO;
  const line = (values: readonly string[]): string =>
    `| ${values.map((value, column) => (isFigure(column) ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (isFigure(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [line(HEADINGS), rule, ...rows.map(line)].join("\n");
}

/** What the figures come from, in one sentence. */
export function describe(report: LabReport): string {
  const { date, node, machine, length, seed, seconds, cells } = report;
  const runs = cells.reduce((sum, cell) => sum + cell.runs, 0);
  return `${date}, Node ${node}, ${machine}: the ${length} run with seed ${seed}, ${runs} runs in ${seconds} s.`;
}
