import { createSystemClock, errorCode, LineRecord, type Journal } from "@plumbline/core";
import { createFileSink, type FileSink, type FileSinkOptions } from "@plumbline/file";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HeldJournal } from "../../src/reload/held-journal.ts";
import { readLines } from "../child.ts";
import { scratch } from "../scratch.ts";

const MAX_BYTES = 4096;
const MICROS = Date.UTC(2026, 10, 20) * 1000;

type Bound = Required<Pick<FileSinkOptions, "queuePolicy">> & Pick<FileSinkOptions, "keep">;

/** The nth line: of another severity and size than those around it. */
function lineOf(n: number): LineRecord {
  const severity = n % 3 === 0 ? 13 : 5;
  const attributes = { n, pad: "x".repeat((n * 37) % 400) };
  const rest = JSON.stringify({ time: "2026-11-20T00:00:00.000000Z", severity: "INFO", name: "n", attributes }).slice(
    1,
  );
  return new LineRecord(rest, rest.length + 1, MICROS, 0, severity, "n", "logs");
}

/** Gives a journal lines, for every fifth of which somebody waits. Gives those that are refused so far, with the code. */
async function feed(journal: Journal, count: number): Promise<readonly string[]> {
  const refused: string[] = [];
  for (let n = 0; n < count; n++) {
    if (n % 5 === 0) journal.appendAsync(lineOf(n)).catch((error: unknown) => refused.push(`${n} ${errorCode(error)}`));
    else journal.append(lineOf(n));
  }
  await new Promise(setImmediate);
  return refused.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

function journalAt(path: string, options: Partial<FileSinkOptions>): FileSink {
  const journal = createFileSink({ path, ...options });
  onTestFinished(() => journal.close());
  return journal;
}

/** How many lines a file says were dropped on their way to it. */
const lossesIn = (path: string): readonly unknown[] =>
  readLines(path)
    .filter(({ name }) => name === "plumbline.lines.dropped")
    .map(({ attributes }) => (attributes as Readonly<Record<string, unknown>>)["plumbline.dropped.count"]);

/** The lines of a file, but for these records. */
const numbersIn = (path: string): readonly unknown[] =>
  readLines(path)
    .filter(({ name }) => name === "n")
    .map(({ attributes }) => (attributes as Readonly<Record<string, unknown>>)["n"]);

test.each<Bound>([
  { queuePolicy: "block" },
  { queuePolicy: "block", keep: "warn" },
  { queuePolicy: "drop-newest" },
  { queuePolicy: "drop-newest", keep: "warn" },
  { queuePolicy: "drop-oldest" },
  { queuePolicy: "drop-oldest", keep: "warn" },
])("at its bound a held journal does as the journal's own queue: %o", async (bound) => {
  const folder = scratch();
  const own = journalAt(join(folder, "own.jsonl"), { ...bound, maxQueueBytes: MAX_BYTES });
  const before = journalAt(join(folder, "before.jsonl"), {});
  const after = journalAt(join(folder, "after.jsonl"), {});
  await before.start();
  await after.start();
  const { queuePolicy } = bound;
  const keep = bound.keep === undefined ? undefined : 13;
  const held = new HeldJournal(before, { queuePolicy, keep, maxQueueBytes: MAX_BYTES }, createSystemClock());

  const refused = await feed(held, 100);
  // One that is not open yet holds what it is given.
  expect(refused).toEqual(await feed(own, 100));
  expect(refused.length).toBeGreaterThan(0);
  const account = held.ledger.report();
  expect(account).toEqual({ ...own.ledger.report(), name: account.name });
  expect(account.dropped["overflow"]).toBeGreaterThan(0);

  held.releaseTo(after);
  await after.flush();
  await own.start();
  await own.flush();
  const kept = numbersIn(join(folder, "after.jsonl"));
  expect(kept).toEqual(numbersIn(join(folder, "own.jsonl")));
  expect(kept).toHaveLength(account.queued);
  await Promise.all([after.close(), own.close()]);
  expect(lossesIn(join(folder, "after.jsonl"))).toEqual([account.dropped["overflow"]]);
  expect(lossesIn(join(folder, "own.jsonl"))).toEqual([account.dropped["overflow"]]);
});

test("a line that is larger than the bound goes where nothing else waits", async () => {
  const folder = scratch();
  const before = journalAt(join(folder, "before.jsonl"), {});
  await before.start();
  const held = new HeldJournal(before, { queuePolicy: "drop-newest", maxQueueBytes: 10 }, createSystemClock());
  held.append(lineOf(1));
  held.append(lineOf(2));
  expect(held.ledger.report()).toMatchObject({ queued: 1, dropped: { overflow: 1 } });
});
