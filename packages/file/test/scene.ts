import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
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

/** What the listener of `process.on("exit")` would do now, with so many milliseconds spent already. */
export function exit(spentMs: number | (() => number) = 0): void {
  const table = (globalThis as Record<symbol, unknown>)[Symbol.for("plumbline.file.open-files.2")] as {
    readonly exitFlushes: Readonly<Record<"file" | "descriptor", Set<(spentMs: () => number) => void>>>;
  };
  const { file, descriptor } = table.exitFlushes;
  for (const flush of [...file, ...descriptor]) flush(typeof spentMs === "number" ? () => spentMs : spentMs);
}

/**
 * A disk whose writes are done before the call returns, and told of later: who emits in a loop and never yields finds them
 * done whenever he looks.
 */
export function promptDriver(driver: FileDriver): FileDriver {
  return {
    ...driver,
    write(fd, bytes, start, length, position, done): void {
      const written = driver.writeSync(fd, bytes, start, length, position);
      setImmediate(() => done(undefined, written));
    },
  };
}

/**
 * A device behind a cache that a failed sync empties: what was written before it and not again since never gets there, and
 * the next sync says nothing of it.
 */
export function createForgetfulDevice(driver: FileDriver): {
  readonly driver: FileDriver;
  /** The next so many syncs fail. */
  readonly failSyncs: (count: number) => void;
  /** How many of a file's first bytes are on the device, under a name that is. */
  readonly durableBytes: (path: string) => number;
} {
  const files = new Map<string, { readonly dirty: Set<number>; readonly durable: Set<number> }>();
  const fileOf = (identity: string): { readonly dirty: Set<number>; readonly durable: Set<number> } => {
    const file = files.get(identity) ?? { dirty: new Set(), durable: new Set() };
    files.set(identity, file);
    return file;
  };
  let failing = 0;
  const names = new Map<string, Set<string>>();
  const note = (fd: number, position: number, length: number): void => {
    const { dirty, durable } = fileOf(driver.factsOfSync(fd).identity);
    for (let at = position; at < position + length; at++) {
      dirty.add(at);
      durable.delete(at);
    }
  };
  return {
    driver: {
      ...driver,
      write(fd, bytes, start, length, position, done): void {
        note(fd, position, length);
        driver.write(fd, bytes, start, length, position, done);
      },
      writeSync(fd, bytes, start, length, position): number {
        note(fd, position, length);
        return driver.writeSync(fd, bytes, start, length, position);
      },
      async syncDirectory(path): Promise<void> {
        names.set(path, new Set(readdirSync(path)));
        await driver.syncDirectory(path);
      },
      sync(fd): Promise<void> {
        const { dirty, durable } = fileOf(driver.factsOfSync(fd).identity);
        const fails = failing > 0;
        if (fails) failing -= 1;
        else for (const at of dirty) durable.add(at);
        dirty.clear();
        return fails ? Promise.reject(Object.assign(new Error("EIO: fdatasync"), { code: "EIO" })) : Promise.resolve();
      },
    },
    failSyncs: (count) => (failing = count),
    durableBytes(path): number {
      if (names.get(dirname(path))?.has(basename(path)) !== true) return 0;
      const { identity = "", size = 0 } = driver.factsSync(path) ?? {};
      const { durable } = fileOf(identity);
      let count = 0;
      while (count < size && durable.has(count)) count += 1;
      return count;
    },
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
