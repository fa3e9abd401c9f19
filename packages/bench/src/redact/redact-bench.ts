import type { DetectorGroup } from "@plumbline/core";
import type { Bench } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { table, type Column } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { EVENT_REDACTORS } from "./event-redactors.ts";
import { ADVERSARIAL_GROUP, ADVERSARIAL_TARGET, EVENT_GROUPS, OURS, REDACT_CELLS, TEXT_GROUP } from "./redact-cells.ts";
import { adversarialTexts } from "./texts.ts";

const WITHOUT = `${OURS} without redaction`;
const NANOS = "nanosPerEvent";
const MAX_SHARE = 1.25;
const MIN_LEAD = 2;
const MIN_ORDINARY = 100;

/** Redaction beside that of others: of events, of text, and of text that was made to stall it. */
export const REDACT_BENCH: Bench = {
  name: "redact",
  summary: "events to redacted lines, and text, beside fast-redact, @pinojs/redact, LogTape and secretlint",
  cells: REDACT_CELLS,
  report(results) {
    const tables = [
      ...EVENT_GROUPS.map(({ name }) => eventTable(results, name)),
      textTable(results),
      adversarial(results),
    ];
    return {
      markdown: tables.filter((text) => text !== "").join("\n\n"),
      targets: [...EVENT_GROUPS.flatMap(({ name }) => eventTargets(results, name)), ...textTargets(results)],
      pictures: [],
    };
  },
};

function eventTargets(results: Results, group: string): readonly Target[] {
  const others = results.namesIn(group).filter((name) => name.startsWith("JSON.stringify +"));
  const leads = others.map((name) => results.ratio(group, name, OURS, NANOS)).filter((ratio) => !Number.isNaN(ratio));
  return [
    {
      text: `${group}: plumbline ÷ plumbline without redaction`,
      value: results.ratio(group, OURS, WITHOUT, NANOS),
      bound: MAX_SHARE,
      sense: "at most",
      unit: "×",
    },
    {
      text: `${group}: the fastest peer ÷ plumbline`,
      value: leads.length === 0 ? Number.NaN : Math.min(...leads),
      bound: MIN_LEAD,
      sense: "at least",
      unit: "×",
    },
  ];
}

function textTargets(results: Results): readonly Target[] {
  const worst = results
    .namesIn(ADVERSARIAL_GROUP)
    .map((name) => results.median(ADVERSARIAL_GROUP, name, "worstMegabytesPerSecond"));
  return [
    {
      text: "ordinary text",
      value: results.median(TEXT_GROUP, OURS, "megabytesPerSecond"),
      bound: MIN_ORDINARY,
      sense: "at least",
      unit: " MB/s",
    },
    {
      text: "adversarial text, the slowest of all",
      value: worst.length === 0 ? Number.NaN : Math.min(...worst),
      bound: ADVERSARIAL_TARGET,
      sense: "at least",
      unit: " MB/s",
    },
  ];
}

function eventTable(results: Results, group: string): string {
  const names = results.namesIn(group);
  if (names.length === 0) return "";
  const base = names[0] ?? "";
  const columns: readonly Column<string>[] = [
    { heading: "from the event to its line", align: "left", cell: (name) => name },
    {
      heading: "rules",
      align: "left",
      cell: (name) => EVENT_REDACTORS.find((each) => each.name === name)?.rules ?? "",
    },
    { heading: "ns/event", align: "right", cell: (name) => results.median(group, name, NANOS).toFixed(0) },
    { heading: "ratio", align: "right", cell: (name) => `${results.ratio(group, name, base, NANOS).toFixed(2)}×` },
    {
      heading: "min–max",
      align: "right",
      cell(name): string {
        const { min, max } = results.range(group, name, NANOS);
        return `${min.toFixed(0)}–${max.toFixed(0)}`;
      },
    },
    { heading: "secrets left, of 2", align: "right", cell: (name) => String(results.worst(group, name, "left")) },
  ];
  return `### ${group}\n\n${table(columns, names)}`;
}

function textTable(results: Results): string {
  const names = results.namesIn(TEXT_GROUP);
  if (names.length === 0) return "";
  const columns: readonly Column<string>[] = [
    { heading: "text to text", align: "left", cell: (name) => name },
    speed("MB/s", results, TEXT_GROUP, "megabytesPerSecond"),
    {
      heading: "harmed",
      align: "right",
      cell: (name) => (results.worst(TEXT_GROUP, name, "harmed") === 0 ? "no" : "yes"),
    },
  ];
  return `### ${TEXT_GROUP}\n\n64 KiB of log lines without a secret at a time.\n\n${table(columns, names)}`;
}

function adversarial(results: Results): string {
  const names = results.namesIn(ADVERSARIAL_GROUP);
  if (names.length === 0) return "";
  const columns: readonly Column<string>[] = [
    { heading: "aimed at", align: "left", cell: (name) => name },
    { heading: "texts", align: "right", cell: (name) => String(results.median(ADVERSARIAL_GROUP, name, "texts")) },
    speed("slowest, MB/s", results, ADVERSARIAL_GROUP, "worstMegabytesPerSecond"),
    {
      heading: `below ${ADVERSARIAL_TARGET} MB/s`,
      align: "right",
      cell: (name) => String(results.median(ADVERSARIAL_GROUP, name, "belowTarget")),
    },
    speed("median, MB/s", results, ADVERSARIAL_GROUP, "medianMegabytesPerSecond"),
    { heading: "slowest detector", align: "left", cell: (name) => slowest(results, name) },
  ];
  return `### ${ADVERSARIAL_GROUP}\n\n32 KiB each, by the default rules and the group itself; processor time.\n\n${table(columns, names)}`;
}

function speed(heading: string, results: Results, group: string, figure: string): Column<string> {
  return { heading, align: "right", cell: (name) => results.median(group, name, figure).toFixed(0) };
}

/** The detector at which the slowest text of most rounds is aimed. */
function slowest(results: Results, name: string): string {
  const texts = adversarialTexts(name as DetectorGroup);
  const seen = results.values(ADVERSARIAL_GROUP, name, "worstText").map((index) => texts[index]?.detector ?? "");
  const times = (id: string): number => seen.filter((each) => each === id).length;
  return seen.toSorted((a, b) => times(b) - times(a))[0] ?? "";
}
