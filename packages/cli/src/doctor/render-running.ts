import { relative } from "node:path";
import type { IntakeReport } from "@plumbline/core";
import type { Console } from "../terminal/console.ts";
import type { Colours } from "../terminal/colour.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import type { ComponentDescription, JournalDescription, PlanDescription } from "./describe-plan.ts";
import type { SlotDescription } from "./describe-slot.ts";
import { describeDelivery, describePart } from "./running-deliveries.ts";
import { type RunningReload, type RunningService, unaccounted } from "./running-service.ts";

const COMPONENT_COLUMNS: readonly Column[] = [{ title: "component" }, { title: "uses" }, { title: "state" }];
const SLOT_COLUMNS: readonly Column[] = [
  { title: "slot", align: "right" },
  { title: "file" },
  { title: "state" },
  { title: "sealed", align: "right" },
  { title: "bytes", align: "right" },
];
const ACCOUNT_COLUMNS: readonly Column[] = [
  { title: "output" },
  { title: "accepted", align: "right" },
  { title: "adopted", align: "right" },
  { title: "delivered", align: "right" },
  { title: "in flight", align: "right" },
  { title: "queued", align: "right" },
  { title: "filtered", align: "right" },
  { title: "dropped" },
];

/** The plan, and what runs, for people to read. */
export function renderRunning(
  plan: PlanDescription,
  slots: readonly SlotDescription[],
  running: readonly RunningService[],
  console: Console,
): string {
  const { colours, cwd } = console;
  const short = (path: string): string => {
    const below = relative(cwd, path);
    return safeText(below === "" || below.startsWith("..") ? path : below);
  };
  const head: readonly (readonly [string, string])[] = [
    ["config", plan.configFile === null ? "none: the built-in default" : short(plan.configFile)],
    ["service", safeText(plan.service)],
    [
      "journal",
      plan.journal === null ? "none" : `${short(plan.journal.path)} ${colours.dim(describeJournal(plan.journal))}`,
    ],
  ];
  const rows = plan.components.map((component) => [
    safeText(component.path),
    safeText(component.uses),
    describeState(component, colours),
  ]);
  return [
    ...head.map(([title, value]) => `${colours.dim(title.padEnd(7))}  ${value}\n`),
    ...(rows.length === 0 ? [] : ["\n", renderTable(COMPONENT_COLUMNS, rows, colours)]),
    // A single one is said by the journal's line.
    ...(slots.some(({ slot }) => slot > 1)
      ? [
          "\n",
          renderTable(
            SLOT_COLUMNS,
            slots.map((slot) => slotRow(slot, short, colours)),
            colours,
          ),
        ]
      : []),
    ...(running.length === 0
      ? [`\n${colours.dim("No service runs with this config.")}\n`]
      : running.map((each) => renderService(each, colours))),
  ].join("");
}

function slotRow(
  { slot, path, isOwned, segments, activeBytes }: SlotDescription,
  short: (path: string) => string,
  colours: Colours,
): readonly string[] {
  const hasBacklog = segments > 0 || activeBytes > 0;
  const state = isOwned ? colours.green("written") : hasBacklog ? colours.yellow("free, with lines in it") : "free";
  return [String(slot), short(path), state, formatCount(segments), formatCount(activeBytes)];
}

function describeState({ skipped, failedAssert }: ComponentDescription, colours: Colours): string {
  if (skipped !== null) return colours.yellow(`skipped: ${safeText(skipped)}`);
  return failedAssert === null ? colours.green("wired") : colours.red(`assert fails: ${safeText(failedAssert)}`);
}

function renderService(service: RunningService, colours: Colours): string {
  const rows = service.outputs.map((output) => [
    safeText(output.name),
    ...[output.accepted, output.adopted, output.delivered, output.inFlight, output.queued, output.filtered].map(
      formatCount,
    ),
    describeDropped(output.dropped, colours),
  ]);
  const off = service.outputs.filter((output) => unaccounted(output) !== 0);
  const redacted = Object.values(service.redacted).reduce((sum, count) => sum + count, 0);
  return [
    `\n${colours.bold(safeText(service.service))} ${colours.dim(`runs as process ${service.pid} since ${safeText(service.startedAt)}`)}\n`,
    renderTable(ACCOUNT_COLUMNS, rows, colours),
    colours.dim(`${describeIntake(service.intake)}; ${formatCount(redacted)} secrets redacted\n`),
    ...service.deliveries.map((delivery) => describeDelivery(delivery, colours)),
    ...service.services.map(describePart),
    ...(service.reload === undefined ? [] : describeReload(service.reload, colours)),
    ...off.map(
      (output) =>
        `${colours.red("not ok")}: ${safeText(output.name)} does not add up: ${formatCount(unaccounted(output))} unaccounted for\n`,
    ),
  ].join("");
}

function describeReload(reload: RunningReload, colours: Colours): readonly string[] {
  const { generation, appliedAt, origin, isWatching, lastRejected, down } = reload;
  const watching = isWatching ? "; the file is watched" : "";
  const lines = [colours.dim(`config ${formatCount(generation)}, in force since ${safeText(appliedAt)}${watching}\n`)];
  if (origin === "lastGood") {
    lines.push(`${colours.red("not ok")}: it runs with the last good config, for the one at hand was refused\n`);
  }
  if (lastRejected !== null) {
    const { at, code, message } = lastRejected;
    lines.push(
      `${colours.yellow("refused")} at ${safeText(at)}: ${safeText(message)} ${colours.dim(safeText(code))}\n`,
    );
  }
  const off = down.map(
    (place) => `${colours.red("not ok")}: ${safeText(place)} does not run, and is tried again and again\n`,
  );
  return [...lines, ...off];
}

/** What became of the events before any output: levels, processors and the walk. */
function describeIntake({ emitted, accepted, disabled, filtered, dropped }: IntakeReport): string {
  const parts = [
    `${formatCount(accepted)} accepted`,
    ...(disabled === 0 ? [] : [`${formatCount(disabled)} below the level`]),
    ...(filtered === 0 ? [] : [`${formatCount(filtered)} taken out by processors`]),
    ...Object.entries(dropped).map(([reason, count]) => `${formatCount(count)} dropped (${safeText(reason)})`),
  ];
  return `${formatCount(emitted)} emitted: ${parts.join(", ")}`;
}

function describeDropped(dropped: Readonly<Record<string, number>>, colours: Colours): string {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${safeText(reason)} ${formatCount(count)}`);
  return reasons.length === 0 ? "0" : colours.red(reasons.join(", "));
}

function describeJournal({ durability, maxBytes, maxAgeMs, keep, compress }: JournalDescription): string {
  return [
    durability,
    ...(maxBytes === null ? [] : [`sealed at ${formatCount(maxBytes)} bytes`]),
    ...(maxAgeMs === null ? [] : [`sealed after ${formatCount(maxAgeMs / 1000)} s`]),
    ...(keep === null ? [] : [`${formatCount(keep)} sealed files stay`]),
    ...(compress === "none" ? [] : [compress]),
  ].join(", ");
}
