import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EpochAccount } from "../src/index.ts";

const place = { file: "a", line: 1, offset: 0 };

/** What the account must agree with: everything that came is kept. */
function countSlowly(first: number, seqs: readonly number[]): { missing: number; repeated: number; reordered: number } {
  const seen = new Set<number>();
  let highest = first - 1;
  let lowest = first;
  const counts = { missing: 0, repeated: 0, reordered: 0 };
  for (const seq of seqs) {
    if (seen.has(seq)) counts.repeated += 1;
    else if (seq <= highest || seq < first) counts.reordered += 1;
    seen.add(seq);
    highest = Math.max(highest, seq);
    lowest = Math.min(lowest, seq);
  }
  for (let seq = lowest; seq <= highest; seq++) if (!seen.has(seq)) counts.missing += 1;
  return counts;
}

test("any sequence of numbers is accounted for as if everything were kept", () => {
  const seqs = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 40 }),
    fc.shuffledSubarray(Array.from({ length: 20 }, (_, at) => at + 1)),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), seqs, (first, seqs) => {
      const account = new EpochAccount("e", first);
      for (const seq of seqs) account.take(seq, place);
      const report = account.report();
      expect(report).toMatchObject(countSlowly(first, seqs));
      expect(report.lines).toBe(seqs.length);
      expect(account.missing.reduce((sum, range) => sum + range.to - range.from + 1, 0)).toBe(report.missing);
    }),
    { numRuns: 600 },
  );
});

test("what it says of each number", () => {
  const account = new EpochAccount("e", 5);
  expect([5, 6, 10, 8, 8, 6, 11, 3].map((seq) => account.take(seq, place))).toEqual([
    "next",
    "next",
    "hole",
    "reordered",
    "repeated",
    "repeated",
    "next",
    "reordered",
  ]);
  expect(account.missing.map(({ from, to }) => [from, to])).toEqual([
    [7, 7],
    [9, 9],
    [4, 4],
  ]);
  expect(account.expected).toBe(12);
  expect(account.report()).toEqual({ epoch: "e", first: 3, last: 11, lines: 8, missing: 3, repeated: 2, reordered: 2 });
});

test("holes beyond its bound are counted, though no longer placed", () => {
  const account = new EpochAccount("e", 1);
  const holes = 70_000;
  for (let seq = 2; seq <= holes * 2; seq += 2) account.take(seq, place);
  expect(account.report().missing).toBe(holes);
  expect(account.missing.length).toBeLessThan(holes);
  expect(account.take(holes * 2 - 1, place)).toBe("repeated");
});
