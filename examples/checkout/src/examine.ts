import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { SystemReport } from "@plumbline/sdk";
import type { ShopTally } from "./checkout.ts";
import { COLLECTOR_FILE, type CollectorDay } from "./collector.ts";
import { type Findings, inspect, journalFiles } from "./oracle.ts";
import type { PlantedSecret } from "./planted-secrets.ts";
import { type Figure, judge, mustHold, type Verdict } from "./verdict.ts";

/** A line that is larger than this must come through whole. */
const LARGE = 1024 * 1024;

export interface Evidence {
  /** Where the telemetry was written. */
  readonly folder: string;
  readonly secrets: readonly PlantedSecret[];
  /** The shop's own count. */
  readonly tally: Readonly<ShopTally>;
  /** Plumbline's count, after it was closed. */
  readonly report: SystemReport;
  /** What the collector says of its day, where there is one. */
  readonly collectorDay?: CollectorDay;
}

export interface Examination {
  readonly verdicts: readonly Verdict[];
  readonly facts: readonly Figure[];
}

/** Reads back what is in the folder, and compares it with what the shop did and what Plumbline says. */
export function examine({ folder, secrets, tally, report, collectorDay }: Evidence): Examination {
  const journal = inspect({ paths: journalFiles(folder, "checkout"), secrets, expects: "whole" });
  // The second takes the place of the first when the config is edited: each alert is in one of them.
  const alertFiles = ["alerts.jsonl", "on-call.jsonl"].map((name) => join(folder, name)).filter(existsSync);
  const alerts = inspect({ paths: alertFiles, secrets, expects: "with gaps" });
  const printer = inspect({ paths: findFiles(folder, "receipts.jsonl"), secrets, expects: "with gaps" });
  // A config that is refused is told of in an event of its own.
  const emitted = tally.events + report.reload.rejected;
  const row = (name: string, found: Findings, notForIt: number, mayOverflow: boolean): Verdict => {
    const account = report.outputs.find((output) => output.name === name);
    if (account === undefined) throw new Error(`The report has no output ${name}.`);
    return judge({ name, emitted, found, notForIt, mayOverflow, report: account });
  };
  // As whole as the journal, in its order and under its ids.
  const arrived = inspect({ paths: findFiles(folder, COLLECTOR_FILE), secrets, expects: "whole" });
  const redacted = Object.values(report.redacted).reduce((sum, count) => sum + count, 0);
  return {
    verdicts: [
      row("journal", journal, 0, false),
      row("alerts", alerts, journal.belowError, false),
      row("printer", printer, 0, true),
      ...(collectorDay === undefined ? [] : [row("collector", arrived, 0, false)]),
    ],
    facts: [
      mustHold(
        "secrets",
        `${count(journal.planted)} events had one, ${count(redacted)} were redacted`,
        journal.planted === tally.planted && redacted >= tally.planted,
      ),
      mustHold("below INFO", `${count(tally.debugEvents)} emitted, none written`, journal.lines === emitted),
      mustHold(
        "rotation",
        `${count(journal.files)} files, ${count(Math.round(journal.bytes / 1024))} KiB of lines`,
        journal.files > 1,
      ),
      mustHold("largest line", `${count(Math.round(journal.longestLine / 1024))} KiB`, journal.longestLine > LARGE),
      ...(collectorDay === undefined ? [] : [away(collectorDay, arrived.lines)]),
    ],
  };
}

/** The collector was away, nothing arrived meanwhile, and all that waited has come. */
function away({ before, after, repeated, unreadable }: CollectorDay, arrived: number): Figure {
  return mustHold(
    "collector away",
    `${count(before)} events before, ${count(arrived - after)} when it was back, ${count(repeated)} sent twice`,
    after === before && arrived > after && unreadable === 0,
  );
}

function findFiles(folder: string, name: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(name))
    .map((path) => join(folder, path));
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
