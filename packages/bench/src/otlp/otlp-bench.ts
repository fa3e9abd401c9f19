import type { Bench, BenchReport } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { table, type Column } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { ENCODE, ENCODE_CELLS, OUR_ENCODER } from "./encode-cells.ts";
import { LOSS_CELLS, SCENARIOS } from "./loss-cells.ts";
import { FAR, NEAR, SEND_CELLS } from "./send-cells.ts";
import { DIRECT, JOURNALED, PEER, SENDERS } from "./senders.ts";

const CPU = "cpuNanosPerEvent";
const RATE = "eventsPerSecond";
const STALL = "stallMaxMillis";
const NANOS = "nanosPerEvent";

/** Delivery to an OTLP receiver, beside the batch processor and the exporter of the OpenTelemetry SDK. */
export const OTLP_BENCH: Bench = {
  name: "otlp",
  summary: "events delivered over OTLP, and what is lost, beside the OpenTelemetry SDK's batch processor and exporter",
  cells: [...SEND_CELLS, ...ENCODE_CELLS, ...LOSS_CELLS],
  report,
};

function report(results: Results): BenchReport {
  const tables = [sendTable(results, NEAR), sendTable(results, FAR), encodeTable(results), lossTable(results)];
  return { markdown: tables.filter((text) => text !== "").join("\n\n"), targets: targets(results), pictures: [] };
}

function targets(results: Results): readonly Target[] {
  const ratio = (
    text: string,
    cell: readonly [string, string, string, string],
    goal: readonly [Target["sense"], number],
  ): Target => {
    const [group, name, base, figure] = cell;
    const [sense, bound] = goal;
    return { text, value: results.ratio(group, name, base, figure), bound, sense, unit: "×" };
  };
  const lost = (scenario: string): number =>
    sum([DIRECT, JOURNALED].flatMap(({ name }) => results.values(scenario, name, "missing")));
  const none = (text: string, value: number): Target => ({ text, value, bound: 0, sense: "at most", unit: "" });
  const journaled = (scenario: string): number => sum(results.values(scenario, JOURNALED.name, "missing"));
  return [
    ratio("CPU an event, direct ÷ OpenTelemetry", [NEAR, DIRECT.name, PEER.name, CPU], ["at most", 1.3]),
    ratio("CPU an event, journal ÷ OpenTelemetry", [NEAR, JOURNALED.name, PEER.name, CPU], ["at most", 1.3]),
    ratio("CPU an event, journal ÷ direct", [NEAR, JOURNALED.name, DIRECT.name, CPU], ["at most", 1.5]),
    ratio(
      "events a second to a far receiver, direct ÷ OpenTelemetry",
      [FAR, DIRECT.name, PEER.name, RATE],
      ["at least", 2],
    ),
    ratio(
      "events a second to a far receiver, journal ÷ OpenTelemetry",
      [FAR, JOURNALED.name, PEER.name, RATE],
      ["at least", 2],
    ),
    ratio("event-loop stall, direct ÷ OpenTelemetry", [NEAR, DIRECT.name, PEER.name, STALL], ["below", 1]),
    ratio("the encoder ÷ the OpenTelemetry serialiser", [ENCODE, OUR_ENCODER, PEER.name, NANOS], ["below", 1]),
    none("lost in a burst, direct and journal", lost(SCENARIOS.burst)),
    none("lost in an outage, direct and journal", lost(SCENARIOS.outage)),
    none("lost by a kill, journal", journaled(SCENARIOS.kill)),
    none("lost by a restart, journal", journaled(SCENARIOS.restart)),
    { text: "memory that an outage takes, journal", value: growth(results), bound: 32, sense: "at most", unit: " MiB" },
  ];
}

function growth(results: Results): number {
  const values = results.values(SCENARIOS.outage, JOURNALED.name, "rssGrowthMiB");
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

/** NaN of nothing. */
function sum(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0);
}

function sendTable(results: Results, group: string): string {
  const names = results.namesIn(group);
  if (names.length === 0) return "";
  const base = names[0] ?? "";
  const median = (heading: string, figure: string, digits = 0): Column<string> => ({
    heading,
    align: "right",
    cell: (name) => results.median(group, name, figure).toFixed(digits),
  });
  const columns: readonly Column<string>[] = [
    { heading: "sender", align: "left", cell: (name) => name },
    {
      heading: "redaction",
      align: "left",
      cell: (name) => SENDERS.find((each) => each.name === name)?.redaction ?? "",
    },
    median("CPU ns/event", CPU),
    { heading: "ratio", align: "right", cell: (name) => `${results.ratio(group, name, base, CPU).toFixed(2)}×` },
    median("events/s", RATE),
    { heading: "ratio", align: "right", cell: (name) => `${results.ratio(group, name, base, RATE).toFixed(2)}×` },
    median("stall max ms", STALL, 1),
    median("stall p99 ms", "stallP99Millis", 1),
    median("RSS MiB", "rssMiB"),
    { heading: "lost", align: "right", cell: (name) => String(results.worst(group, name, "lost")) },
  ];
  return `### ${group}\n\n${table(columns, names)}`;
}

function encodeTable(results: Results): string {
  const names = results.namesIn(ENCODE);
  if (names.length === 0) return "";
  const columns: readonly Column<string>[] = [
    { heading: "encoder", align: "left", cell: (name) => name },
    { heading: "ns/event", align: "right", cell: (name) => results.median(ENCODE, name, NANOS).toFixed(0) },
    {
      heading: "ratio",
      align: "right",
      cell: (name) => `${results.ratio(ENCODE, name, names[0] ?? "", NANOS).toFixed(2)}×`,
    },
    { heading: "B/event", align: "right", cell: (name) => results.median(ENCODE, name, "bytesPerEvent").toFixed(0) },
  ];
  return `### ${ENCODE}\n\n${table(columns, names)}`;
}

function lossTable(results: Results): string {
  const scenarios = Object.values(SCENARIOS).filter((scenario) => results.namesIn(scenario).length > 0);
  if (scenarios.length === 0) return "";
  const rows = scenarios.flatMap((scenario) => results.namesIn(scenario).map((name) => ({ scenario, name })));
  const figure = (heading: string, key: string): Column<(typeof rows)[number]> => ({
    heading,
    align: "right",
    cell: ({ scenario, name }) => results.worst(scenario, name, key).toFixed(0),
  });
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { heading: "what happens", align: "left", cell: ({ scenario }) => scenario },
    { heading: "sender", align: "left", cell: ({ name }) => name },
    figure("events", "emitted"),
    figure("lost", "missing"),
    figure("RSS MiB", "rssMiB"),
  ];
  return `### What is lost\n\n${table(columns, rows)}`;
}
