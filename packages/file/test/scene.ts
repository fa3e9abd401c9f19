import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineRecord, PlumblineError, type OutputReport, type SeverityNumber } from "@plumbline/core";
import { journalLocation, listSegments, readUnpacked, verifyJournal, type VerifyReport } from "@plumbline/jsonl";
import { expect, onTestFinished } from "vitest";
import type { FileDriver } from "../src/index.ts";

/** A folder of the test's own, gone after it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "plumbline-file-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A line that says which one it is. */
export function makeLine(index: number, text = "", severity: SeverityNumber = 9): LineRecord {
  const time = new Date(Date.UTC(2026, 10, 20) + index).toISOString().replace("Z", "000Z");
  const event = { time, severity: "INFO", name: "test.line", attributes: { index, text } };
  const rest = JSON.stringify(event).slice(1);
  return new LineRecord(
    rest,
    rest.length + 1,
    (Date.UTC(2026, 10, 20) + index) * 1000,
    0,
    severity,
    "test.line",
    "logs",
  );
}

/** Every line of a journal that nobody writes, in the order of its files. */
export async function readLinesOf(path: string): Promise<readonly string[]> {
  const { segments, active } = await listSegments(journalLocation(path));
  const lines: string[] = [];
  for (const file of [...segments.map((segment) => segment.path), ...(active === undefined ? [] : [active])]) {
    const chunks: Buffer[] = [];
    for await (const chunk of readUnpacked(file)) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    expect(text === "" || text.endsWith("\n")).toBe(true);
    lines.push(...text.split("\n").slice(0, -1));
  }
  return lines;
}

/** The `index` of every line made by {@link makeLine}, in the order of the files; records of the sink's own are left out. */
export async function readIndexes(path: string): Promise<readonly number[]> {
  const indexes: number[] = [];
  for (const line of await readLinesOf(path)) {
    const { name, attributes } = JSON.parse(line) as { name: string; attributes: { index: number } };
    if (name === "test.line") indexes.push(attributes.index);
  }
  return indexes;
}

/** Says which number is the first to be wrong, instead of printing all of them. */
export function expectUpTo(indexes: readonly number[], count: number): void {
  const wrong = indexes.findIndex((index, place) => index !== place);
  expect({ count: indexes.length, wrong, there: wrong < 0 ? undefined : indexes[wrong] }).toEqual({
    count,
    wrong: -1,
    there: undefined,
  });
}

/** What `plumbline verify` would say. */
export function verify(path: string): Promise<VerifyReport> {
  return verifyJournal(journalLocation(path));
}

/** Holds the first call of an asynchronous operation back until it is released; `reached` says that it was made. */
export function holdFirst(
  driver: FileDriver,
  operation: "rename" | "open" | "read" | "sync",
): {
  readonly driver: FileDriver;
  readonly arm: () => void;
  readonly isReached: () => boolean;
  readonly release: () => void;
} {
  let state: "off" | "armed" | "reached" = "off";
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = async (...args: never[]): Promise<unknown> => {
    if (state === "armed") {
      state = "reached";
      await released;
    }
    return (driver[operation] as (...given: never[]) => Promise<unknown>)(...args);
  };
  return {
    driver: { ...driver, [operation]: held },
    arm: () => (state = "armed"),
    isReached: () => state === "reached",
    release,
  };
}

/** Numbers from 0. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The account must add up at any moment. */
export function expectBalanced(report: OutputReport): void {
  const dropped = Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
  expect(report.delivered + report.inFlight + report.queued + report.filtered + dropped).toBe(
    report.accepted + report.adopted,
  );
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === "fulfilled") return "fulfilled";
  return PlumblineError.isInstance(result.reason) ? result.reason.code : String(result.reason);
}
