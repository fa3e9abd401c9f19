import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock, errorCode, LineRecord, type EventLine, type Sink } from "@plumbline/core";
import { createFileSink, type FileSink, type FileSinkOptions } from "@plumbline/file";
import {
  createJournaledDelivery,
  type JournaledDelivery,
  type JournaledDeliveryOptions,
  type JournaledDeliveryReport,
} from "../src/index.ts";

const START_MICROS = Date.UTC(2026, 10, 20, 21, 57, 3) * 1000;

/** A line as the walk makes it. */
export function lineOf(n: number, name = "test.line", severity: 5 | 9 | 17 = 9): LineRecord {
  const micros = START_MICROS + n * 1000;
  const time = `${new Date(micros / 1000).toISOString().slice(0, -1)}000Z`;
  const text = { 5: "DEBUG", 9: "INFO", 17: "ERROR" }[severity];
  const rest = JSON.stringify({ time, severity: text, name, attributes: { n } }).slice(1);
  return new LineRecord(rest, rest.length + 1, micros, 0, severity, name, "logs");
}

/** The `n` of each line. */
export function numbersOf(lines: readonly EventLine[]): number[] {
  return lines.map((line) => Number(line.event().attributes["n"]));
}

export async function openJournal(folder: string, options: Partial<FileSinkOptions> = {}): Promise<FileSink> {
  const journal = createFileSink({ path: join(folder, "checkout.jsonl"), lines: "journal", ...options });
  await journal.start();
  return journal;
}

/** Appends lines with these numbers, and waits until they are written. */
export async function append(journal: FileSink, from: number, to: number, name?: string): Promise<void> {
  for (let n = from; n <= to; n++) journal.append(lineOf(n, name));
  await journal.flush();
}

export function deliver(
  journal: FileSink,
  sink: Sink,
  options: Partial<JournaledDeliveryOptions> = {},
): JournaledDelivery {
  return createJournaledDelivery({
    journal,
    sink,
    consumer: "far",
    clock: createSystemClock(),
    batch: { maxDelayMs: 0 },
    retry: { initialMs: 1, maxMs: 5 },
    describe: (error) => (error instanceof Error ? error.message : errorCode(error)),
    ...options,
  });
}

/** The account must add up whatever the moment. */
export function balanceOf(report: JournaledDeliveryReport): number {
  const dropped = Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
  const { accepted, adopted, delivered, inFlight, queued, filtered } = report;
  return accepted + adopted - delivered - inFlight - queued - filtered - dropped;
}

export function readLetters(folder: string): Record<string, unknown>[] {
  const text = readFileSync(join(folder, "checkout.dead-far"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
