import { isUtf8 } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter, type LineSplitterOptions, type RawLine } from "../src/index.ts";

/** Bytes in which line ends, NULs, byte order marks and pieces of characters are frequent. */
const bytes = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\0", "\uFEFF", "é", "€", "😀", "{}", "a") },
      { weight: 2, arbitrary: fc.string({ maxLength: 12 }) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const cuts = fc.array(fc.nat(), { maxLength: 12 });

function chunksOf(input: Buffer, at: readonly number[]): Buffer[] {
  const borders = [0, ...at.map((cut) => cut % (input.length + 1)).sort((a, b) => a - b), input.length];
  return borders.slice(1).map((border, index) => input.subarray(borders[index], border));
}

function split(chunks: readonly Uint8Array[], options: LineSplitterOptions = {}): RawLine[] {
  const splitter = new LineSplitter(options);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.finish();
  return last === undefined ? lines : [...lines, last];
}

/** What the splitter must agree with, written the slow way. */
function splitSlowly(input: Buffer, takesCrlf: boolean): { bytes: string; terminator: string }[] {
  const text = input.toString("latin1");
  const parts = text.split("\n");
  const last = parts.pop() ?? "";
  const lines = parts.map((part) =>
    takesCrlf && part.endsWith("\r")
      ? { bytes: part.slice(0, -1), terminator: "\r\n" }
      : { bytes: part, terminator: "\n" },
  );
  return last === "" ? lines : [...lines, { bytes: last, terminator: "" }];
}

describe.each(["lf", "lf-or-crlf"] as const)("line end %s", (lineEnd) => {
  test("any bytes, cut anywhere, come out as they went in, split at the line ends alone", () => {
    fc.assert(
      fc.property(bytes, cuts, (input, at) => {
        const lines = split(chunksOf(input, at), { lineEnd });
        const joined = Buffer.concat(lines.flatMap((line) => [line.bytes, Buffer.from(line.terminator)]));
        expect(joined.equals(input)).toBe(true);
        expect(lines.map((line) => ({ bytes: line.bytes.toString("latin1"), terminator: line.terminator }))).toEqual(
          splitSlowly(input, lineEnd === "lf-or-crlf"),
        );
        for (const line of lines) {
          expect(line.size).toBe(line.bytes.length);
          expect(input.subarray(line.offset, line.offset + line.size).equals(line.bytes)).toBe(true);
          expect(line.problem).toBe(isUtf8(line.bytes) ? undefined : "not-utf8");
          expect(Buffer.from(line.text).equals(line.bytes)).toBe(line.problem === undefined);
        }
      }),
      { numRuns: 600 },
    );
  });

  test("with a limit every line still has its place and size, and the long ones their beginning", () => {
    fc.assert(
      fc.property(bytes, cuts, fc.integer({ min: 1, max: 9 }), (input, at, maxLineBytes) => {
        const lines = split(chunksOf(input, at), { lineEnd, maxLineBytes });
        const whole = split([input], { lineEnd });
        expect(lines.map((line) => [line.offset, line.size, line.terminator])).toEqual(
          whole.map((line) => [line.offset, line.size, line.terminator]),
        );
        for (const [index, line] of lines.entries()) {
          const isLong = line.size > maxLineBytes;
          expect(line.problem === "too-long").toBe(isLong);
          expect(line.bytes.equals(whole[index]?.bytes.subarray(0, maxLineBytes) ?? Buffer.alloc(0))).toBe(true);
        }
      }),
      { numRuns: 600 },
    );
  });
});

test("a chunk border inside a character, a CR LF or a byte order mark changes nothing", () => {
  const input = Buffer.from("\uFEFFä€😀\r\nb\r\r\n\n\0\r\nlast\r");
  for (let border = 0; border <= input.length; border++) {
    const lines = split([input.subarray(0, border), input.subarray(border)], { lineEnd: "lf-or-crlf" });
    expect(lines.map((line) => [line.text, line.terminator])).toEqual([
      ["\uFEFFä€😀", "\r\n"],
      ["b\r", "\r\n"],
      ["", "\n"],
      ["\0", "\r\n"],
      ["last\r", ""],
    ]);
  }
});

test("a line of a gigabyte is held up to the limit alone", () => {
  const splitter = new LineSplitter({ maxLineBytes: 1000 });
  const chunk = Buffer.alloc(1024 * 1024, 0x61);
  for (let pushed = 0; pushed < 1024; pushed++) expect(splitter.push(chunk)).toEqual([]);
  expect(splitter.pendingBytes).toBe(1024 ** 3);
  const [long, next] = splitter.push(Buffer.from("\nnext\n"));
  expect([long?.problem, long?.size, long?.bytes.length]).toEqual(["too-long", 1024 ** 3, 1000]);
  expect([next?.text, next?.offset, next?.problem]).toEqual(["next", 1024 ** 3 + 1, undefined]);
});

test("a byte of a line is read without a view, and none beyond it", () => {
  const [line] = split([Buffer.from("ab\ncd")]);
  expect([line?.byteAt(-1), line?.byteAt(0), line?.byteAt(1), line?.byteAt(2)]).toEqual([
    undefined,
    0x61,
    0x62,
    undefined,
  ]);
});

test("after the end it goes on where it was", () => {
  const splitter = new LineSplitter({ startOffset: 10 });
  splitter.push(Buffer.from("ab"));
  expect([splitter.lineOffset, splitter.finish()?.text, splitter.finish()]).toEqual([10, "ab", undefined]);
  expect(splitter.push(new Uint8Array([0x63, 0x0a])).map((line) => [line.offset, line.text])).toEqual([[12, "c"]]);
});
