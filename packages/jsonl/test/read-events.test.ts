import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readEvents, type StoredEntry } from "../src/index.ts";
import { collect, eventLine, eventLines, EPOCHS } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

const brief = (entries: readonly StoredEntry[]): unknown[] =>
  entries.map((entry) =>
    entry.kind === "line" ? (entry.id ?? entry.text) : [entry.problem, entry.offset, entry.size],
  );

const read = async (text: string | Buffer, options: Parameters<typeof readEvents>[1] = {}): Promise<unknown[]> =>
  brief(await collect(readEvents(Readable.from([Buffer.from(text as string)]), options)));

describe.each(["json", "shape"] as const)("looked at by its %s", (check) => {
  test.each<[string, string | Buffer, unknown]>([
    ["half a line at the end", '{"a', ["torn", 3, 3]],
    ["a whole line without its end", "{}", ["torn", 3, 2]],
    ["NULs", "\0\0\0\n", ["nul", 3, 3]],
    ["a line with a NUL in it", '{"a":"\0"}\n', ["nul", 3, 9]],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), ["not-utf8", 3, 3]],
    ["a line over the limit", `{"a":"${"x".repeat(300)}"}\n`, ["too-long", 3, 308]],
    ["an empty line", "\n", ["not-json", 3, 0]],
    ["text", "hello\n", ["not-json", 3, 5]],
    ["an array", "[{}]\n", ["not-an-event", 3, 4]],
    ["a string", '"a"\n', ["not-an-event", 3, 3]],
    ["null", "null\n", ["not-an-event", 3, 4]],
  ])("%s is a problem in its place", async (_name, text, problem) => {
    const input = Buffer.concat([Buffer.from("{}\n"), Buffer.from(text as string)]);
    expect(await read(input, { check, maxLineBytes: 256 })).toEqual(["{}", problem]);
  });

  test("white space around an object is none, nor is a byte order mark at the beginning", async () => {
    expect(await read("\uFEFF{}\n{}\r\n {}\n", { check })).toEqual(["{}", "{}\r", " {}"]);
    expect(await read("{}\n\uFEFF{}\n", { check })).toEqual(["{}", ["not-json", 3, 5]]);
  });
});

test("two lines in one another are seen when the line is parsed, not by its shape", async () => {
  const spliced = `${eventLine(1).slice(0, 30)}${eventLine(2)}`;
  expect(await read(`${spliced}\n`)).toEqual([["not-json", 0, spliced.length]]);
  expect(await read(`${spliced}\n`, { check: "shape" })).toEqual([`${EPOCHS[0]}:1`]);
});

test("a file is read from any line on, packed or not, with the same offsets", async () => {
  const folder = await tempFolder();
  const text = eventLines(1, 500);
  await writeFile(join(folder, "a.jsonl"), text);
  await writeFile(join(folder, "a.jsonl.gz"), gzipSync(text));
  const start = eventLines(1, 200).length;
  for (const name of ["a.jsonl", "a.jsonl.gz"]) {
    const path = join(folder, name);
    const entries = await collect(readEvents(path, { start, chunkBytes: 100 }));
    expect(entries[0]).toEqual({
      kind: "line",
      text: eventLine(201),
      id: `${EPOCHS[0]}:201`,
      file: path,
      offset: start,
      size: eventLine(201).length,
    });
    expect(entries).toHaveLength(300);
  }
});

test("a packed file that is damaged gives its lines up to there, and says where", async () => {
  const path = join(await tempFolder(), "a.jsonl.gz");
  const packed = gzipSync(eventLines(1, 20_000));
  await writeFile(path, packed.subarray(0, packed.length - 5000));
  const entries = await collect(readEvents(path));
  const lines = entries.slice(0, -1);
  expect(lines.every((entry, index) => entry.kind === "line" && entry.id === `${EPOCHS[0]}:${index + 1}`)).toBe(true);
  expect(lines.length).toBeGreaterThan(1000);
  const last = lines.at(-1);
  expect(entries.at(-1)).toEqual({
    kind: "problem",
    problem: "corrupt-gzip",
    file: path,
    offset: (last?.offset ?? 0) + (last?.size ?? 0) + 1,
    size: 0,
  });
});

test("a source that is no path is called what it is told to be", async () => {
  const entries = await collect(readEvents(Readable.from([Buffer.from("{}\n")]), { file: "stdin" }));
  expect(entries.map((entry) => entry.kind !== "line" || entry.file)).toEqual(["stdin"]);
});
