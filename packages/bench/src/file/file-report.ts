import type { Contender } from "../contenders/contender.ts";
import type { Results } from "../frame/results.ts";
import { table, type Column } from "../frame/table.ts";
import { FILE_GROUPS } from "./file-cells.ts";
import { nameOf, type FileGroup } from "./file-group.ts";

/** One contender in one group. */
export interface Row {
  readonly group: string;
  readonly name: string;
  /** The cell that ratios are to. */
  readonly base: string;
  readonly contender: Contender;
  readonly results: Results;
}

const FINDINGS = ["lost", "torn", "repeated", "reordered", "leaked"] as const;

/** The table of a group, under its name; empty where none of its cells was run. */
export function groupTable(results: Results, group: FileGroup): string {
  const names = results.namesIn(group.name);
  if (names.length === 0) return "";
  const base = names[0] ?? "";
  const rows = group.contenders
    .filter((contender) => names.includes(nameOf(contender)))
    .map((contender) => ({ group: group.name, name: nameOf(contender), base, contender, results }));
  const events = rows.map(({ name }) => results.median(group.name, name, "events"));
  const count = Math.max(...events);
  const each = group.isPaced ? "" : ", fewer for the slow";
  return `### ${group.name}\n\n${count} events a run${each}.\n\n${table(columns(group), rows)}`;
}

function columns(group: FileGroup): readonly Column<Row>[] {
  const isAcknowledged = group.durability !== "buffered";
  return [
    { heading: "logger", align: "left", cell: ({ contender }) => contender.name },
    { heading: "redaction", align: "left", cell: ({ contender }) => contender.redaction },
    ...(group.isPaced ? [] : timeColumns()),
    figure("CPU ns", "cpuNanosPerLine", 0),
    figure("call p99.9 µs", "callP999Micros", 1),
    ...(group.isPaced ? [figure("late p99.9 µs", "lateP999Micros", 0)] : []),
    ...(isAcknowledged ? [figure("acked p99.9 µs", "lateP999Micros", 0)] : []),
    figure("stall max ms", "stallMaxMillis", 2),
    figure("RSS MiB", "rssMiB", 0),
    ...FINDINGS.map(worst),
  ];
}

function timeColumns(): readonly Column<Row>[] {
  return [
    figure("ns/line", "nanosPerLine", 0),
    {
      heading: "ratio",
      align: "right",
      cell: ({ results, group, name, base }) => `${results.ratio(group, name, base, "nanosPerLine").toFixed(2)}×`,
    },
    {
      heading: "min–max",
      align: "right",
      cell({ results, group, name }): string {
        const { min, max } = results.range(group, name, "nanosPerLine");
        return `${min.toFixed(0)}–${max.toFixed(0)}`;
      },
    },
  ];
}

function figure(heading: string, key: string, digits: number): Column<Row> {
  return {
    heading,
    align: "right",
    cell: ({ results, group, name }) => results.median(group, name, key).toFixed(digits),
  };
}

function worst(key: (typeof FINDINGS)[number]): Column<Row> {
  return { heading: key, align: "right", cell: ({ results, group, name }) => String(results.worst(group, name, key)) };
}

/** The tables of all groups. */
export function groupTables(results: Results): readonly string[] {
  return FILE_GROUPS.map((group) => groupTable(results, group)).filter((text) => text !== "");
}
