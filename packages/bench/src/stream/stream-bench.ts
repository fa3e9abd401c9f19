import type { Bench, BenchReport } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { table, type Column } from "../frame/table.ts";
import { BURDEN_CELLS, EMIT_PATH, STALLED } from "./burden-cells.ts";
import { COLD_CELL, coldReport } from "./cold-curve.ts";
import { CUT_OVER, CUT_OVER_CELLS } from "./cut-over-cells.ts";
import { CROWD, FAN_OUT, FAN_OUT_CELLS } from "./fan-out-cells.ts";
import { AS_BYTES, AS_TEXT, IN_PROCESS_CELLS } from "./in-process-cells.ts";
import { LATENCY, LATENCY_CELLS } from "./latency-cells.ts";
import { REPLAY, REPLAY_BATCHED, REPLAY_CELLS } from "./replay-cells.ts";
import { streamTargets } from "./stream-targets.ts";

/** A journal read on into the present: in the process, over WebSocket, by one and by many; beside bare loops, other designs and NATS JetStream. */
export const STREAM_BENCH: Bench = {
  name: "stream",
  summary: "replay into live: in the process and over WebSocket, beside bare loops, other designs and NATS JetStream",
  cells: [
    ...IN_PROCESS_CELLS,
    ...REPLAY_CELLS,
    ...FAN_OUT_CELLS,
    ...LATENCY_CELLS,
    ...CUT_OVER_CELLS,
    ...BURDEN_CELLS,
    COLD_CELL,
  ],
  report,
};

/** A figure of a group's table: what is above it, and how it is told. */
type Figure = readonly [heading: string, key: string, digits: number];

const PER_SECOND: Figure = ["events/s", "eventsPerSecond", 0];
const CPU: Figure = ["CPU ns/event", "cpuNanosPerEvent", 0];

/** The groups in the order of the page; what ratios are of, where there are any, is the floor's figure. */
const TABLES: readonly { readonly group: string; readonly figures: readonly Figure[]; readonly ratio?: string }[] = [
  { group: AS_BYTES, figures: [PER_SECOND, CPU], ratio: "eventsPerSecond" },
  { group: AS_TEXT, figures: [PER_SECOND, CPU], ratio: "eventsPerSecond" },
  { group: REPLAY, figures: [PER_SECOND, CPU], ratio: "eventsPerSecond" },
  { group: REPLAY_BATCHED, figures: [PER_SECOND, CPU], ratio: "eventsPerSecond" },
  {
    group: FAN_OUT,
    figures: [
      ["sent/s", "sentPerSecond", 0],
      ["CPU ns/sent", "cpuNanosPerSent", 0],
    ],
    ratio: "sentPerSecond",
  },
  {
    group: CROWD,
    figures: [
      ["sent/s", "sentPerSecond", 0],
      ["memory grows by MiB", "growthMiB", 1],
      ["dropped", "dropped", 0],
    ],
  },
  {
    group: LATENCY,
    figures: [
      ["p50 ms", "p50Millis", 1],
      ["p99 ms", "p99Millis", 1],
    ],
  },
  {
    group: CUT_OVER,
    figures: [
      ["cut-overs", "cutOvers", 0],
      ["pause p50 ms", "cutOverP50Millis", 1],
      ["p99 ms", "cutOverP99Millis", 1],
      ["longest ms", "cutOverMaxMillis", 1],
      ["dropped", "dropped", 0],
    ],
  },
  { group: STALLED, figures: [["held KiB", "heldKiB", 0]] },
  { group: EMIT_PATH, figures: [["emit ns", "emitNanos", 0]] },
];

const FINDINGS = ["lost", "repeated", "reordered"] as const;

function report(results: Results): BenchReport {
  const cold = coldReport(results);
  const tables = TABLES.map((each) => groupTable(results, each));
  return {
    markdown: [...tables, cold.markdown].filter((text) => text !== "").join("\n\n"),
    targets: [...streamTargets(results), ...cold.targets],
    pictures: cold.pictures,
  };
}

function groupTable(results: Results, { group, figures, ratio }: (typeof TABLES)[number]): string {
  const names = results.namesIn(group);
  if (names.length === 0) return "";
  const columns: Column<string>[] = [
    { heading: "", align: "left", cell: (name) => name },
    ...figures.map(([heading, key, digits]): Column<string> => ({
      heading,
      align: "right",
      cell: (name) => told(results.median(group, name, key), digits),
    })),
  ];
  const floor = names.find((name) => name.includes("floor"));
  if (ratio !== undefined && floor !== undefined) {
    columns.push({
      heading: "÷ floor",
      align: "right",
      cell: (name) => `${told(results.ratio(group, name, floor, ratio), 2)}×`,
    });
  }
  const isChecked = names.some((name) => results.values(group, name, "lost").length > 0);
  for (const key of isChecked ? FINDINGS : []) {
    columns.push({ heading: key, align: "right", cell: (name) => told(results.worst(group, name, key), 0) });
  }
  return `### ${group}\n\n${table(columns, names)}`;
}

/** `–` for what was not measured: a server that cannot be had here, or a figure of another process. */
function told(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
