import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspect, LineCounter } from "../../src/load/oracle.ts";
import { PAYLOADS, plainLine, SECRETS, requestAttributes } from "../../src/load/payload.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plumbline-bench-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function inspected(lines: readonly string[], end = "\n"): Omit<ReturnType<typeof inspect>, "bytes"> {
  const path = join(directory, "lines.jsonl");
  writeFileSync(path, lines.join("\n") + end);
  const { bytes: _, ...corruption } = inspect(path, 4);
  return corruption;
}

const line = (index: number): string => JSON.stringify({ attributes: { requestId: `req-${index}` } });
const whole = [0, 1, 2, 3].map(line);
const clean = { lost: 0, torn: 0, repeated: 0, reordered: 0, leaked: 0 };

test("a file in which all is well has nothing wrong", () => {
  expect(inspected(whole)).toEqual(clean);
});

test.each([
  ["a lost line", [line(0), line(1), line(3)], { lost: 1 }],
  ["a repeated line", [...whole, line(3)], { repeated: 1 }],
  ["two lines swapped", [line(1), line(0), line(2), line(3)], { reordered: 1 }],
  ["two lines on one", [line(0) + line(1), line(2), line(3)], { torn: 1, lost: 2 }],
  ["half a line", [line(0), line(1).slice(0, 9), line(2), line(3)], { torn: 1, lost: 1 }],
  ["a line with a secret", [line(0), line(1), line(2), `${line(3).slice(0, -1)},"x":"${SECRETS[0]}"}`], { leaked: 1 }],
])("%s is seen", (_name, lines, expected) => {
  expect(inspected(lines)).toEqual({ ...clean, ...expected });
});

test("lines are counted as the file grows, whole ones alone", () => {
  const path = join(directory, "growing.jsonl");
  writeFileSync(path, "one\ntw");
  const counter = new LineCounter(path);
  expect(counter.look()).toBe(1);
  appendFileSync(path, "o\nthree\n");
  expect(counter.look()).toBe(3);
  expect(counter.look()).toBe(3);
});

test("a line that is larger than what is read at once is one line", () => {
  const text = JSON.stringify({ attributes: { requestId: "req-0", note: "a".repeat(3_000_000) } });
  const path = join(directory, "large.jsonl");
  writeFileSync(path, `${text}\n`);
  expect(inspect(path, 1)).toEqual({ ...clean, bytes: text.length + 1 });
});

test("a last line without its end is torn", () => {
  expect(inspected(whole, "")).toEqual({ ...clean, torn: 1 });
});

test("every event carries both secrets, its number, and a note of the length asked for", () => {
  const attributes = requestAttributes(7, 100);
  const [apiKey, password] = SECRETS;
  expect(attributes).toMatchObject({ requestId: "req-7", apiKey, password });
  expect(attributes["customer"]).toHaveProperty("note.length", 100);
});

test.each(Object.values(PAYLOADS))("a line of $name is as long as it says", (payload) => {
  const line = plainLine(new Date(0).toISOString(), payload.attributes(10_001));
  expect(Math.abs(line.length - payload.bytes)).toBeLessThan(8);
});
