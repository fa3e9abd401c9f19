import { cpus, totalmem } from "node:os";
import type { Contender } from "./contender.ts";
import type { RunRequest, RunResult } from "./run-one.ts";
import { median, range } from "./statistics.ts";

/** One contender's medians; ratios are to the first contender's. */
export interface Row {
  readonly name: string;
  readonly redaction: Contender["redaction"];
  readonly nanosPerEvent: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly ratio: number;
  readonly cpuNanosPerEvent: number;
  readonly callNanosPerEvent: number;
  readonly rssMiB: number;
  readonly bytesPerEvent: number;
  /** Worst of all rounds. */
  readonly lost: number;
  readonly torn: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly leaked: number;
}

/** What a benchmark wrote down. */
export interface BenchReport {
  readonly bench: string;
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  readonly request: Omit<RunRequest, "contender">;
  readonly rows: readonly Row[];
}

/** Medians of all rounds, contender by contender. */
export function summarise(
  bench: string,
  contenders: readonly Contender[],
  request: Omit<RunRequest, "contender">,
  results: readonly (readonly RunResult[])[],
): BenchReport {
  const base = median((results[0] ?? []).map((result) => result.nanosPerEvent));
  const rows = contenders.map((contender, index) => row(contender, results[index] ?? [], request.events, base));
  return {
    bench,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    rounds: results[0]?.length ?? 0,
    request,
    rows,
  };
}

function row(contender: Contender, results: readonly RunResult[], events: number, base: number): Row {
  const of = (key: keyof RunResult): number[] => results.map((result) => result[key]);
  const nanos = of("nanosPerEvent");
  const worst = (key: keyof RunResult): number => range(of(key)).max;
  return {
    name: contender.name,
    redaction: contender.redaction,
    nanosPerEvent: median(nanos),
    fastest: range(nanos).min,
    slowest: range(nanos).max,
    ratio: median(nanos) / base,
    cpuNanosPerEvent: median(of("cpuNanosPerEvent")),
    callNanosPerEvent: median(of("callNanosPerEvent")),
    rssMiB: median(of("rssMiB")),
    bytesPerEvent: median(of("bytes")) / events,
    lost: worst("lost"),
    torn: worst("torn"),
    repeated: worst("repeated"),
    reordered: worst("reordered"),
    leaked: worst("leaked"),
  };
}

const HEADINGS = [
  "logger",
  "redaction",
  "ns/event",
  "ratio",
  "min–max",
  "CPU",
  "call",
  "RSS MiB",
  "B/event",
  "lost",
  "torn",
  "repeated",
  "reordered",
  "leaked",
];

/** The table in Markdown; it reads as well on a terminal. */
export function toMarkdown(report: BenchReport): string {
  const cells = report.rows.map((row) => [
    row.name,
    row.redaction,
    row.nanosPerEvent.toFixed(0),
    `${row.ratio.toFixed(2)}×`,
    `${row.fastest.toFixed(0)}–${row.slowest.toFixed(0)}`,
    row.cpuNanosPerEvent.toFixed(0),
    row.callNanosPerEvent.toFixed(0),
    row.rssMiB.toFixed(0),
    row.bytesPerEvent.toFixed(0),
    ...[row.lost, row.torn, row.repeated, row.reordered, row.leaked].map(String),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (values: readonly string[]): string =>
    `| ${values.map((value, column) => (column < 2 ? value.padEnd(widths[column] ?? 0) : value.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(HEADINGS), rule, ...cells.map(line)].join("\n");
}

/** What the figures were measured on, in one sentence. */
export function describe(report: BenchReport): string {
  const { events, warmUp, burst, noteLength } = report.request;
  return (
    `${report.date}, Node ${report.node}, ${report.machine}: medians of ${report.rounds} interleaved rounds, each contender in a fresh process; ` +
    `${events} events after ${warmUp} to warm up, ${burst} between two turns of the event loop, a note of ${noteLength} characters in each.`
  );
}
