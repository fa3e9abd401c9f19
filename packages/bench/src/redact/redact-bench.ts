import type { DetectorGroup } from "@plumbline/core";
import type { Bench } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { table, type Column } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { EVENT_REDACTORS } from "./event-redactors.ts";
import { ADVERSARIAL_GROUP, ADVERSARIAL_TARGET, EVENT_GROUPS, OURS, REDACT_CELLS, TEXT_GROUP } from "./redact-cells.ts";
import { PLANTED_SECRETS } from "./planted.ts";
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
  return [
    {
      text: "ordinary text",
      value: results.median(TEXT_GROUP, OURS, "megabytesPerSecond"),
      bound: MIN_ORDINARY,
      sense: "at least",
      unit: " MB/s",
    },
    adversarialTarget(results, "adversarial text that begins in vain, the slowest of all", "vainWorst"),
    adversarialTarget(results, "adversarial text of nothing but secrets, scanned: the slowest of all", "denseWorst"),
  ];
}

function adversarialTarget(results: Results, text: string, figure: string): Target {
  const worst = results.namesIn(ADVERSARIAL_GROUP).flatMap((name) => results.values(ADVERSARIAL_GROUP, name, figure));
  return {
    text,
    value: worst.length === 0 ? Number.NaN : Math.min(...worst),
    bound: ADVERSARIAL_TARGET,
    sense: "at least",
    unit: " MB/s",
  };
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
    {
      heading: `planted secrets left, of ${PLANTED_SECRETS.length}`,
      align: "right",
      cell: (name) => String(results.worst(group, name, "left")),
    },
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
    ...speeds(results, "in vain", "vain"),
    ...speeds(results, "secrets", "dense"),
    { heading: "redacted: slowest, MB/s", align: "right", cell: (name) => figure(results, name, "redactedWorst") },
    { heading: BELOW, align: "right", cell: (name) => figure(results, name, "redactedBelow") },
  ];
  return `### ${ADVERSARIAL_GROUP}\n\n32 KiB each, by the default rules and the group itself; processor time.\n\n${table(columns, names)}\n\nThe slowest of all:\n\n${slowestTable(results, names)}`;
}

const BELOW = `below ${ADVERSARIAL_TARGET} MB/s`;

function speeds(results: Results, heading: string, kind: "vain" | "dense"): readonly Column<string>[] {
  return [
    { heading, align: "right", cell: (name) => figure(results, name, `${kind}Texts`) },
    { heading: BELOW, align: "right", cell: (name) => figure(results, name, `${kind}Below`) },
    { heading: "slowest, MB/s", align: "right", cell: (name) => figure(results, name, `${kind}Worst`) },
    { heading: "median, MB/s", align: "right", cell: (name) => figure(results, name, `${kind}Median`) },
  ];
}

function figure(results: Results, name: string, key: string): string {
  const value = results.median(ADVERSARIAL_GROUP, name, key);
  return Number.isNaN(value) ? "–" : value.toFixed(0);
}

function speed(heading: string, results: Results, group: string, key: string): Column<string> {
  return { heading, align: "right", cell: (name) => results.median(group, name, key).toFixed(0) };
}

interface SlowText {
  readonly detector: string;
  readonly piece: string;
  readonly megabytesPerSecond: number;
}

/** The ten slowest texts, by the detector at which they are aimed and the piece that they repeat. */
function slowestTable(results: Results, names: readonly string[]): string {
  const slow = names
    .flatMap((name) => {
      const texts = adversarialTexts(name as DetectorGroup); // the cells are named by their groups
      return Array.from({ length: SLOWEST }, (_, place): SlowText => {
        const { detector = "", piece = "" } = texts[results.median(ADVERSARIAL_GROUP, name, `slow${place}Text`)] ?? {};
        const megabytesPerSecond = results.median(ADVERSARIAL_GROUP, name, `slow${place}Speed`);
        return { detector, piece, megabytesPerSecond };
      });
    })
    .filter(({ detector }) => detector !== "")
    .toSorted((a, b) => a.megabytesPerSecond - b.megabytesPerSecond)
    .slice(0, SLOWEST);
  const columns: readonly Column<SlowText>[] = [
    { heading: "aimed at", align: "left", cell: ({ detector }) => `\`${detector}\`` },
    { heading: "repeats", align: "left", cell: ({ piece }) => shown(piece) },
    { heading: "MB/s", align: "right", cell: ({ megabytesPerSecond }) => megabytesPerSecond.toFixed(1) },
  ];
  return table(columns, slow);
}

const SLOWEST = 10;
const MAX_SHOWN = 48;

/** As code in a table. */
function shown(piece: string): string {
  const text = JSON.stringify(piece).slice(1, -1).replaceAll("|", "¦").replaceAll("`", "'");
  return `\`\` ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text} \`\``;
}
