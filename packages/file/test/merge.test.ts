import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { journalLocation } from "@plumbline/jsonl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFileSink, mergeFiles, type MergedEntry, type MergeSource } from "../src/index.ts";
import { makeLine, temporaryDirectory, upTo } from "./scene.ts";

async function merged(sources: readonly MergeSource[]): Promise<readonly MergedEntry[]> {
  const entries: MergedEntry[] = [];
  for await (const batch of mergeFiles(sources)) entries.push(...batch);
  return entries;
}

function text({ entry }: MergedEntry): string {
  return entry.kind === "line" ? entry.text : entry.kind;
}

const at = (time: string, name = ""): string => JSON.stringify({ time, severity: "INFO", name });

describe("mergeFiles", () => {
  test("gives one sequence by time, whatever the digits of a second's part", async () => {
    const directory = temporaryDirectory();
    const write = (name: string, lines: readonly string[]): string => {
      const path = join(directory, name);
      const content = lines.map((line) => `${line}\n`).join("");
      writeFileSync(path, name.endsWith(".gz") ? gzipSync(content) : content);
      return path;
    };
    const a = write("a.jsonl", [
      at("2026-11-20T10:00:00.123456Z"),
      at("2026-11-20T10:00:00.123456789Z"),
      at("2026-11-20T10:00:02Z"),
    ]);
    const b = write("b.jsonl.gz", [
      at("2026-11-20T10:00:00.1Z"),
      at("2026-11-20T10:00:00.1234567Z"),
      at("2026-11-20T12:00:01+02:00", "b"),
    ]);
    const c = write("c.jsonl", [JSON.stringify({ name: "first", time: 1_000 }), at("2026-11-20T10:00:00.5Z")]);
    const order = (await merged([a, b, c])).map((each) => [each.source, text(each)]);
    expect(order).toEqual([
      [2, JSON.stringify({ name: "first", time: 1_000 })],
      [1, at("2026-11-20T10:00:00.1Z")],
      [0, at("2026-11-20T10:00:00.123456Z")],
      [1, at("2026-11-20T10:00:00.1234567Z")],
      [0, at("2026-11-20T10:00:00.123456789Z")],
      [2, at("2026-11-20T10:00:00.5Z")],
      [1, at("2026-11-20T12:00:01+02:00", "b")],
      [0, at("2026-11-20T10:00:02Z")],
    ]);
  });

  test("never reorders within a source, loses nothing, and sorts what is sorted", async () => {
    const directory = temporaryDirectory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.integer({ min: 0, max: 40 })), { maxLength: 7 }), async (sources) => {
        run += 1;
        const paths = sources.map((times, source) => {
          const path = join(directory, `${run}-${source}.jsonl`);
          const lines = times.map((second, index) => at(new Date(second * 1000).toISOString(), `${source}/${index}`));
          writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
          return path;
        });
        const entries = await merged(paths);
        for (const [source, times] of sources.entries()) {
          const own = entries
            .filter((each) => each.source === source)
            .map((each) => (JSON.parse(text(each)) as { name: string }).name);
          expect(own).toEqual(times.map((_, index) => `${source}/${index}`));
        }
        if (sources.every((times) => times.every((time, index) => time >= (times[index - 1] ?? 0)))) {
          const times = entries.map((each) => (JSON.parse(text(each)) as { time: string }).time);
          expect(times).toEqual([...times].sort());
        }
      }),
      { numRuns: 60 },
    );
  });

  test("goes by the order of the sources where times are equal", async () => {
    const directory = temporaryDirectory();
    const paths = upTo(7).map((source) => {
      const path = join(directory, `${source}.jsonl`);
      writeFileSync(
        path,
        upTo(3)
          .map(() => `${at("2026-01-01T00:00:00Z", `${source}`)}\n`)
          .join(""),
      );
      return path;
    });
    const order = (await merged(paths)).map((each) => each.source);
    expect(order).toEqual(upTo(7).flatMap((source) => [source, source, source]));
  });

  test("puts what is damaged in its place, and lines without a time after the one before", async () => {
    const directory = temporaryDirectory();
    const a = join(directory, "a.jsonl");
    const b = join(directory, "b.jsonl");
    writeFileSync(a, `${at("2026-01-01T00:00:01Z")}\nnot json\n{"no":"time"}\n${at("2026-01-01T00:00:04Z")}\n{"half`);
    writeFileSync(b, `${at("2026-01-01T00:00:02Z")}\n${at("2026-01-01T00:00:09Z")}\n`);
    expect((await merged([a, b])).map((each) => `${each.source} ${text(each).slice(0, 33)}`)).toEqual([
      '0 {"time":"2026-01-01T00:00:01Z","s',
      "0 problem",
      '0 {"no":"time"}',
      '1 {"time":"2026-01-01T00:00:02Z","s',
      '0 {"time":"2026-01-01T00:00:04Z","s',
      "0 problem",
      '1 {"time":"2026-01-01T00:00:09Z","s',
    ]);
  });

  test("reads journals with all their segments, and slots beside them", async () => {
    const directory = temporaryDirectory();
    const paths = [join(directory, "c.jsonl"), join(directory, "c.slot2.jsonl")];
    for (const [place, path] of paths.entries()) {
      const sink = createFileSink({ path, rotate: { maxBytes: 2000, compress: place === 0 ? "gzip" : "none" } });
      await sink.start();
      for (let index = 0; index < 100; index++) sink.append(makeLine(index * 2 + place));
      await sink.close();
    }
    const entries = await merged(paths.map((path) => journalLocation(path)));
    const indexes = entries.map(
      (each) => (JSON.parse(text(each)) as { attributes: { index: number } }).attributes.index,
    );
    expect(indexes).toEqual(upTo(200));
  });

  test("of nothing is nothing, and of a missing file an error with a code", async () => {
    expect(await merged([])).toEqual([]);
    await expect(merged([join(temporaryDirectory(), "none.jsonl")])).rejects.toMatchObject({
      code: "PLB_JSONL_READ_FAILED",
    });
  });

  test("stops reading when its caller does", async () => {
    const path = join(temporaryDirectory(), "a.jsonl");
    writeFileSync(
      path,
      upTo(5000)
        .map((index) => `${makeLine(index).line}\n`)
        .join(""),
    );
    let count = 0;
    for await (const batch of mergeFiles([path, path])) {
      count += batch.length;
      break;
    }
    expect(count).toBeLessThan(1000);
  });
});
