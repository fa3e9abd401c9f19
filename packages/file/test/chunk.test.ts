import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineHead } from "../src/line-head.ts";
import { Chunk, CHUNK_BYTES, countLines, endOfWholeLines } from "../src/chunk.ts";

const HEAD = new LineHead("0k3f9c2a00000");
const ANY = Number.POSITIVE_INFINITY;

function textOf(chunk: Chunk): string {
  return chunk.bytes.toString("utf8", 0, chunk.length);
}

describe("a chunk", () => {
  test("holds lines as they were put in, numbered or plain, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.string({ unit: "binary", maxLength: 50 }),
            fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
            fc.boolean(),
          ),
        ),
        (lines) => {
          const chunk = new Chunk();
          let expected = "";
          for (const [text, seq, isNumbered] of lines) {
            const added = isNumbered ? chunk.addNumbered(HEAD, seq, text, ANY) : chunk.addPlain(text, ANY);
            expect(added).toBe(true);
            expected += isNumbered ? `{"id":"0k3f9c2a00000:${seq}",${text}\n` : `${text}\n`;
          }
          expect(chunk.count).toBe(lines.length);
          // Lone surrogates have no UTF-8: both come out as U+FFFD.
          expect(textOf(chunk)).toBe(Buffer.from(expected).toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([1, 9, 10, 99, 100, 999_999_999, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 21_474_836_480, 2 ** 53 - 1])(
    "writes the number %i",
    (seq) => {
      const chunk = new Chunk();
      chunk.addNumbered(HEAD, seq, "}", ANY);
      expect(textOf(chunk)).toBe(`{"id":"0k3f9c2a00000:${seq}",}\n`);
    },
  );

  test("takes what fits and not a byte more, and any line when it is empty", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(CHUNK_BYTES), fc.constantFrom("a", "é", "€", "😀")), { maxLength: 8 }),
        (lines) => {
          const chunk = new Chunk();
          for (const [length, unit] of lines) {
            const text = unit.repeat(length);
            const before = chunk.length;
            const fits = before + Buffer.byteLength(text) + 30 <= CHUNK_BYTES;
            const isFirst = chunk.count === 0;
            const added = chunk.addPlain(text, ANY);
            if (fits || isFirst) expect(added).toBe(true);
            expect(chunk.length).toBe(added ? before + Buffer.byteLength(text) + 1 : before);
          }
          expect(chunk.length).toBeLessThanOrEqual(chunk.bytes.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("never passes its limit", () => {
    const chunk = new Chunk();
    expect(chunk.addPlain("12345", 6)).toBe(true);
    expect(chunk.addPlain("12345", 11)).toBe(false);
    expect(chunk.addPlain("12345", 12)).toBe(true);
    expect(textOf(chunk)).toBe("12345\n12345\n");
  });

  test("tells where a numbered line stands, for as long as it does", () => {
    const chunk = new Chunk();
    const rests = ["a}", "é😀}", "}", "x".repeat(1000)];
    const textAt = (seq: number): string | undefined => {
      const found = chunk.stretchOf(seq);
      return found && found.bytes.toString("utf8", found.start, found.end);
    };
    for (const [index, rest] of rests.entries()) chunk.addNumbered(HEAD, 7 + index, rest, ANY);
    expect(chunk.addNumbered(HEAD, 11, "never", chunk.length)).toBe(false);
    const lines = rests.map((rest, index) => `{"id":"0k3f9c2a00000:${7 + index}",${rest}`);
    expect([6, 7, 8, 9, 10, 11].map(textAt)).toEqual([undefined, ...lines, undefined]);
    chunk.release();
    expect(textAt(10)).toBe(lines[3]);
    chunk.clear();
    expect([7, 8].map(textAt)).toEqual([undefined, undefined]);
    chunk.addNumbered(HEAD, 8, "again}", ANY);
    expect([7, 8, 9].map(textAt)).toEqual([undefined, '{"id":"0k3f9c2a00000:8",again}', undefined]);
    chunk.clear();
    chunk.addNumbered(HEAD, 9, "y".repeat(CHUNK_BYTES), ANY);
    expect(textAt(9)).toHaveLength(CHUNK_BYTES + 24);
    chunk.release();
    expect(textAt(9)).toBeUndefined();
    chunk.addNumbered(HEAD, 10, "}", ANY);
    expect(textAt(10)).toBe('{"id":"0k3f9c2a00000:10",}');
    chunk.clear();
    chunk.addPlain('{"other":"line, which has no number"}', ANY);
    expect(textAt(10)).toBeUndefined();
    chunk.discard();
    expect([textAt(10), chunk.bytes.length]).toEqual([undefined, 0]);
  });

  test("knows nothing of where the lines stand that are too many", () => {
    const chunk = new Chunk();
    for (let seq = 1; seq <= 4097; seq++) expect(chunk.addNumbered(HEAD, seq, "}", ANY)).toBe(true);
    expect(chunk.stretchOf(4096)).toBeDefined();
    expect(chunk.stretchOf(4097)).toBeUndefined();
  });

  test("lets the buffer of a large line go when it is cleared", () => {
    const chunk = new Chunk();
    const own = chunk.bytes;
    chunk.addPlain("x".repeat(CHUNK_BYTES * 3), ANY);
    expect(chunk.bytes.length).toBeGreaterThan(CHUNK_BYTES * 3);
    chunk.clear();
    expect(chunk.bytes).toBe(own);
    expect(chunk.length + chunk.count).toBe(0);
  });
});

test("whole lines are found and counted in any part of a buffer", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n")), fc.nat(), fc.nat(), (units, a, b) => {
      const text = units.join("");
      const end = text.length === 0 ? 0 : a % (text.length + 1);
      const start = end === 0 ? 0 : b % (end + 1);
      const bytes = Buffer.from(text);
      expect(endOfWholeLines(bytes, end)).toBe(text.slice(0, end).lastIndexOf("\n") + 1);
      expect(countLines(bytes, start, end)).toBe(text.slice(start, end).split("\n").length - 1);
    }),
  );
});
