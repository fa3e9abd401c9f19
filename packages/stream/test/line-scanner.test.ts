import { LineSplitter, peekEventId } from "@plumbline/jsonl";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LineScanner } from "../src/line-scanner.ts";

const E = "0000000000001";
const BOUNDS = { maxCount: 1000, maxBytes: 1e9, lastSeq: Number.POSITIVE_INFINITY };

/** Everything that a scanner finds, whatever comes in whatever pieces. */
function scan(text: Buffer, borders: readonly number[], maxCount: number): string[] {
  const scanner = new LineScanner();
  const found: string[] = [];
  let seq = 1;
  let from = 0;
  for (const to of [...borders.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length]) {
    scanner.load(Buffer.concat([scanner.leftover, text.subarray(from, to)]));
    from = to;
    for (;;) {
      const run = scanner.takeRun(E, seq, { ...BOUNDS, maxCount });
      found.push(...run.map((line) => line.line));
      seq += run.length;
      if (run.length > 0) continue;
      const next = scanner.peek();
      if (next === undefined) break;
      found.push(next === "damaged" ? "damaged" : `${next.epoch}:${next.seq}`);
      scanner.skip();
    }
  }
  return found;
}

/** The same by the splitter that everybody else uses. */
function expected(text: Buffer): string[] {
  let seq = 1;
  return new LineSplitter().push(text).map((raw) => {
    const line = raw.text;
    const isWhole = raw.problem === undefined && line.startsWith("{") && line.endsWith("}") && !line.includes("\0");
    const id = isWhole ? peekEventId(line) : undefined;
    if (id === undefined) return "damaged";
    if (id.epoch !== E || id.seq !== seq) return `${id.epoch}:${id.seq}`;
    seq += 1;
    return line;
  });
}

test("finds the lines that the splitter finds, wherever the borders of the buffers fall and whatever stands between", () => {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constant("next") },
    fc.constantFrom(
      "",
      "{}",
      '{"id":"x"}',
      "\0",
      '{"id":"0000000000001:01","a":1}',
      '{"id":"0000000000001:2',
      '{"id":"0000000000002:1","a":"ä€😀"}',
      '{"id":"0000000000001:1"}',
      "{nul\0}",
    ),
    fc.constant("invalid"),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.nat({ max: 2000 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      (pieces, borders, maxCount) => {
        let seq = 0;
        const lines = pieces.map((each) => {
          if (each === "next") seq += 1;
          const text = each === "next" ? `{"id":"${E}:${seq}","body":"ü${"x".repeat(seq % 17)}"}` : each;
          return each === "invalid" ? Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]) : Buffer.from(`${text}\n`);
        });
        const text = Buffer.concat(lines);
        expect(scan(text, borders, maxCount)).toEqual(expected(text));
      },
    ),
    { numRuns: 300 },
  );
});

test("a line longer than any of ours is given up, once, and what follows is found", () => {
  const scanner = new LineScanner();
  const huge = Buffer.alloc(17 * 1024 * 1024, 0x78);
  expect(scanner.load(huge)).toBe(true);
  expect(scanner.leftover).toHaveLength(0);
  expect(scanner.load(Buffer.from("still it\nrest"))).toBe(false);
  expect(scanner.peek()).toBeUndefined();
  expect(scanner.leftover.toString()).toBe("rest");
  scanner.load(Buffer.from(`rest\n{"id":"${E}:1"}\n`));
  expect(scanner.peek()).toBe("damaged");
  scanner.skip();
  expect(scanner.takeRun(E, 1, BOUNDS)).toHaveLength(1);
});

test("a run has as many bytes as it may have, and one line at least", () => {
  const lines = [1, 2, 3].map((seq) => `{"id":"${E}:${seq}","a":"ä"}`);
  const size = Buffer.byteLength(lines[0] ?? "");
  const countWithin = (maxBytes: number): number => {
    const scanner = new LineScanner();
    scanner.load(Buffer.from(`${lines.join("\n")}\n`));
    return scanner.takeRun(E, 1, { ...BOUNDS, maxBytes }).length;
  };
  expect([1, size, 2 * size - 1, 2 * size, 3 * size - 1, 3 * size].map(countWithin)).toEqual([1, 1, 1, 2, 2, 3]);
});
