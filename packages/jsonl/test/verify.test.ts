import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SEVERITY_NAMES } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import {
  LineSplitter,
  LineVerifier,
  mergeReports,
  verifyFiles,
  verifyJournal,
  type LineVerifierOptions,
  type VerifyReport,
} from "../src/index.ts";
import { EPOCHS, eventLine, eventLines } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";
import { ToyJournal } from "./toy-journal.ts";

function verify(text: string | Buffer, options: LineVerifierOptions = {}, maxLineBytes = 1000): VerifyReport {
  const verifier = new LineVerifier(options);
  const splitter = new LineSplitter({ maxLineBytes });
  verifier.beginFile("a.jsonl");
  for (const line of splitter.push(Buffer.from(text as string))) verifier.take(line);
  const last = splitter.finish();
  if (last !== undefined) verifier.take(last);
  return verifier.report();
}

const lines = (...seqs: number[]): string => seqs.map((seq) => `${eventLine(seq)}\n`).join("");
const at = (line: number): number => eventLines(1, line - 1).length;

test("a whole file has nothing to find", () => {
  const text = eventLines(1, 9);
  expect(verify(text)).toEqual({
    files: 1,
    lines: 9,
    events: 9,
    bytes: text.length,
    withoutId: 0,
    counts: {},
    missing: 0,
    epochs: [{ epoch: EPOCHS[0], first: 1, last: 9, lines: 9, missing: 0, repeated: 0, reordered: 0 }],
    findings: [],
    findingsOmitted: 0,
    ok: true,
  });
  expect(verify("").ok).toBe(true);
});

test("every severity, none, and up to nine digits of a second are in order", () => {
  const text = [...SEVERITY_NAMES.map((name) => `"severity":"${name}"`), '"body":1']
    .map(
      (field, index) =>
        `{"id":"${EPOCHS[0]}:${index + 1}","time":"2028-02-29T23:59:59.${"1".repeat((index % 9) + 1)}Z",${field}}\n`,
    )
    .join("");
  expect(verify(text)).toMatchObject({ events: 25, counts: {}, ok: true });
  expect(verify('{"time":"2026-11-20T21:57:03Z"}\n').ok).toBe(true);
});

test.each<[kind: string, line: string | Buffer, text: string]>([
  ["torn", eventLine(2).slice(0, 20), eventLine(2).slice(0, 20)],
  ["too-long", `${"x".repeat(1001)}\n`, "x".repeat(1000)],
  ["not-utf8", Buffer.from("caf\u00e9\n", "latin1"), "caf\u00e9"],
  ["nul", `\0\0${eventLine(2)}\n`, `\0\0${eventLine(2)}`],
  ["not-json", "half\n", "half"],
  ["not-an-event", "[1]\n", "[1]"],
  ["not-an-event", '{"name":"n"}\n', '{"name":"n"}'],
])("who asks is given a line that is no event, with its place: %s", (kind, line, text) => {
  const damaged: unknown[] = [];
  const events: string[] = [];
  const report = verify(Buffer.concat([Buffer.from(lines(1)), Buffer.from(line as string)]), {
    onEvent: (event) => events.push(event),
    onDamaged: (...given) => damaged.push(given),
  });
  expect(damaged).toEqual([[text, { file: "a.jsonl", line: 2, offset: at(2) }]]);
  expect(events).toEqual([eventLine(1)]);
  expect(report.counts).toEqual({ [kind]: 1 });
});

describe("each planted fault is named with its line and byte", () => {
  const spliced = `${eventLine(3).slice(0, 40)}${eventLine(4)}`;
  const splicedInside = eventLine(3).replace('"severity":"INFO"', `"severity":${eventLine(4)}`);
  test.each<[string, string | Buffer, readonly (readonly [kind: string, line: number, offset: number])[]]>([
    [
      "a spliced line",
      `${lines(1, 2)}${spliced}\n${lines(5)}`,
      [
        ["not-json", 3, at(3)],
        ["hole", 4, at(3) + spliced.length + 1],
      ],
    ],
    [
      "a line inside another, in valid JSON",
      `${lines(1, 2)}${splicedInside}\n${lines(5)}`,
      [
        ["bad-severity", 3, at(3)],
        ["hole", 4, at(3) + splicedInside.length + 1],
      ],
    ],
    ["two lines without a line feed between them", `${lines(1)}${eventLine(2)}${lines(3)}`, [["not-json", 2, at(2)]]],
    ["a missing line", lines(1, 2, 4), [["hole", 3, at(3)]]],
    ["a repeated line", lines(1, 2, 2, 3), [["repeated", 3, at(3)]]],
    ["swapped lines", lines(1, 3, 2, 4), [["reordered", 3, at(3)]]],
    ["a torn tail", `${lines(1, 2)}{"id":"half`, [["torn", 3, at(3)]]],
    ["a whole line whose end is missing", `${lines(1, 2)}${eventLine(3)}`, [["torn", 3, at(3)]]],
    ["NULs", `${lines(1, 2)}\0\0\0\n${lines(3)}`, [["nul", 3, at(3)]]],
    ["NULs at the end", `${lines(1, 2)}\0\0\0`, [["torn", 3, at(3)]]],
    [
      "bytes that are no UTF-8",
      Buffer.concat([Buffer.from(lines(1, 2)), Buffer.from([0x7b, 0xe2, 0x7d, 0x0a])]),
      [["not-utf8", 3, at(3)]],
    ],
    ["a line over the limit", `${lines(1, 2)}${eventLine(3, EPOCHS[0], 2000)}\n`, [["too-long", 3, at(3)]]],
    ["an empty line", `${lines(1, 2)}\n${lines(3)}`, [["not-json", 3, at(3)]]],
    [
      "a value that is no object",
      `${lines(1, 2)}[]\n5\n`,
      [
        ["not-an-event", 3, at(3)],
        ["not-an-event", 4, at(3) + 3],
      ],
    ],
    ...[
      "yesterday",
      "",
      "2026-11-20",
      "2026-11-20T21:57:03",
      "2026-11-20T21:57:03+01:00",
      "2026-02-31T00:00:00Z",
      "2026-11-20T24:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-11-20T21:57:03.Z",
      "2026-11-20T21:57:03.1234567890Z",
    ].map((time): [string, string, readonly (readonly [string, number, number])[]] => [
      `the time ${time}`,
      lines(1, 2, 3, 4).replace(eventLine(3), eventLine(3).replace("2026-11-20T21:57:03.123456Z", time)),
      [["bad-time", 3, at(3)]],
    ]),
    ...['"LOUD"', '"info"', '"INFO5"', "9", "null", "{}"].map(
      (severity): [string, string, readonly (readonly [string, number, number])[]] => [
        `the severity ${severity}`,
        lines(1, 2, 3, 4).replace(eventLine(3), eventLine(3).replace('"INFO"', severity)),
        [["bad-severity", 3, at(3)]],
      ],
    ),
    ["an object that is no event", `${lines(1, 2)}{"msg":"x"}\n`, [["not-an-event", 3, at(3)]]],
    ["a carriage return", `${lines(1)}${eventLine(2)}\r\n`, [["carriage-return", 2, at(2)]]],
    ["a byte order mark", `\uFEFF${lines(1, 2)}`, [["byte-order-mark", 1, 0]]],
    [
      "an id that is none",
      `${lines(1)}{"id":"x","time":"2026-11-20T21:57:03Z"}\n{"id":7,"time":"2026-11-20T21:57:03Z"}\n`,
      [
        ["bad-id", 2, at(2)],
        ["bad-id", 3, at(2) + 41],
      ],
    ],
    ["a line that lost its id", `${lines(1)}{"time":"2026-11-20T21:57:03Z"}\n`, [["no-id", 2, at(2)]]],
  ])("%s", (_name, text, expected) => {
    const report = verify(text);
    expect(report.findings.map(({ kind, line, offset }) => [kind, line, offset])).toEqual(expected);
    expect(report.ok).toBe(false);
    const counts = new Map<string, number>();
    for (const [kind] of expected) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(report.counts).toEqual(Object.fromEntries(counts));
  });
});

test("a finding quotes nothing of a line but its id", () => {
  const secret = ["pl", "anted"].join("");
  const report = verify(
    `{"time":"","a":"${secret}"\n${lines(1, 1)}{"id":"${secret}","time":"${secret}","severity":"${secret}"}\n${secret}`,
  );
  expect(report.findings).toHaveLength(6);
  expect(JSON.stringify(report)).not.toContain(secret);
});

test("a journal that was trimmed begins where it begins; one that was not begins with 1", () => {
  expect(verify(lines(5, 6)).ok).toBe(true);
  const complete = verify(lines(5, 6), { isComplete: true });
  expect([complete.ok, complete.missing, complete.findings[0]?.message]).toEqual([
    false,
    4,
    `${EPOCHS[0]}:1 to 4 are missing before this line.`,
  ]);
  const second = verify(lines(5) + eventLines(3, 3, EPOCHS[1]));
  expect([second.missing, second.findings[0]?.line]).toEqual([2, 2]);
});

test("plain lines have no ids, and need none", () => {
  const report = verify('{"time":"2026-11-20T21:57:03Z"}\n{"time":"2026-11-20T21:57:03Z"}\n');
  expect([report.ok, report.withoutId, report.events, report.epochs]).toEqual([true, 2, 2, []]);
});

test("the list of findings is bounded, the counts are not", () => {
  const report = verify("x\n".repeat(100) + lines(1, 3), { maxFindings: 10 });
  expect([report.findings.length, report.findingsOmitted, report.counts]).toEqual([
    10,
    91,
    { "not-json": 100, hole: 1 },
  ]);
});

test("every event is shown to who wants to look at it", () => {
  const seen: unknown[] = [];
  verify(`${lines(1)}x\n${lines(2)}`, { onEvent: (text, place) => seen.push([text, place.line, place.offset]) });
  expect(seen).toEqual([
    [eventLine(1), 1, 0],
    [eventLine(2), 3, at(2) + 2],
  ]);
});

describe("files", () => {
  test("a journal is one sequence over all its files, and torn tails that were set aside are told", async () => {
    const folder = await tempFolder();
    const journal = new ToyJournal(folder);
    for (let segment = 0; segment < 3; segment++) {
      journal.append(10);
      journal.seal();
    }
    journal.finish("compressed");
    journal.append(5);
    await writeFile(join(folder, "checkout.torn-20261120T215703.123456Z"), "half");
    const report = await verifyJournal(journal.location, { isComplete: true });
    expect(report).toMatchObject({ ok: true, files: 4, events: 35, epochs: [{ first: 1, last: 35 }] });
    expect(report.setAside.map((torn) => torn.path)).toEqual([join(folder, "checkout.torn-20261120T215703.123456Z")]);
    journal.retire();
    expect(await verifyJournal(journal.location, { isComplete: true })).toMatchObject({ ok: false, missing: 10 });
    expect(await verifyJournal(journal.location)).toMatchObject({ ok: true, events: 25 });
  });

  test("a file that cannot be read or unpacked is a finding, and the others are read", async () => {
    const folder = await tempFolder();
    const broken = join(folder, "broken.jsonl.gz");
    const whole = join(folder, "whole.jsonl");
    const text = eventLines(1, 5000);
    await writeFile(broken, gzipSync(text).subarray(0, -1000));
    await writeFile(whole, '{"time":"2026-11-20T21:57:03Z"}\n');
    const report = await verifyFiles([join(folder, "none.jsonl"), broken, folder, whole]);
    expect(report.findings.map(({ kind, file }) => [kind, file])).toEqual([
      ["unreadable", join(folder, "none.jsonl")],
      ["corrupt-gzip", broken],
      ["unreadable", folder],
      ["no-id", whole],
    ]);
    expect(report.files).toBe(4);
    expect(report.findings[1]?.offset).toBe(
      text
        .split("\n")
        .slice(0, (report.findings[1]?.line ?? 0) - 1)
        .join("\n").length + 1,
    );
  });

  test("an aborted signal ends it", async () => {
    const path = join(await tempFolder(), "a.jsonl");
    await writeFile(path, eventLines(1, 10));
    await expect(verifyFiles([path], { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("reports of several journals are added up", () => {
    const merged = mergeReports([verify(lines(1, 3)), verify(lines(1, 2, 2)), verify(lines(1, 5))], 2);
    expect(merged).toMatchObject({
      files: 3,
      lines: 7,
      events: 7,
      counts: { hole: 2, repeated: 1 },
      missing: 4,
      findingsOmitted: 1,
      ok: false,
    });
    expect(merged.findings.map((finding) => finding.kind)).toEqual(["hole", "repeated"]);
    expect(mergeReports([], 1)).toMatchObject({ files: 0, ok: true });
  });
});
