import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineRecord } from "@plumbline/core";
import { afterEach, expect, test } from "vitest";
import { createFileSink } from "../src/index.ts";

const directories: string[] = [];
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "plumbline-file-"));
  directories.push(directory);
  return directory;
}
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

let n = 0;
function line(text = ""): LineRecord {
  n += 1;
  const rest = `${JSON.stringify({ time: "2026-11-20T21:57:03.123456Z", severity: "INFO", name: "t", attributes: { n, text } }).slice(1)}`;
  return new LineRecord(rest, rest.length + 1, 1_795_000_000_000_000, 0, 9, "t", "logs");
}

test("writes whole numbered lines in order", async () => {
  const path = join(temporary(), "a/b.jsonl");
  const sink = createFileSink({ path });
  sink.append(line());
  await sink.start();
  for (let i = 0; i < 2000; i++) sink.append(line("é".repeat(i % 100)));
  const id = await sink.appendAsync(line());
  expect(id).toBe(`${sink.epoch}:2002`);
  await sink.close();
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.length).toBe(2002);
  const events = lines.map((each) => JSON.parse(each) as { id: string; attributes: { n: number } });
  expect(events.every((event, i) => event.id === `${id.split(":")[0]}:${i + 1}`)).toBe(true);
  expect(sink.report()).toMatchObject({ accepted: 2002, delivered: 2002, queued: 0, inFlight: 0, dropped: {} });
});

test("rotates by size", async () => {
  const directory = temporary();
  const path = join(directory, "b.jsonl");
  const sink = createFileSink({ path, rotate: { maxBytes: 4096, compress: "gzip" } });
  await sink.start();
  for (let i = 0; i < 200; i++) sink.append(line());
  await sink.close();
  expect(sink.report()).toMatchObject({ delivered: 200 });
});
