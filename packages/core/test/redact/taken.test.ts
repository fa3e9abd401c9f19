import fc from "fast-check";
import { expect, test } from "vitest";
import { Taken } from "../../src/redact/taken.ts";

function takenBy(ranges: readonly (readonly [number, number])[]): Taken {
  const taken = new Taken();
  for (const [start, end] of ranges) taken.add(start, end);
  return taken;
}

test.each<[string, (readonly [number, number])[], number, number]>([
  ["nothing", [], 5, -1],
  ["one", [[2, 9]], 5, 9],
  ["its end is not in it", [[2, 9]], 9, -1],
  [
    "one that holds the next",
    [
      [2, 90],
      [5, 9],
    ],
    50,
    90,
  ],
  [
    "one that overlaps the next",
    [
      [10, 20],
      [5, 12],
    ],
    6,
    20,
  ],
  [
    "one behind the next",
    [
      [22, 900],
      [5, 9],
    ],
    300,
    900,
  ],
  [
    "the next itself",
    [
      [22, 900],
      [5, 9],
    ],
    6,
    9,
  ],
  [
    "one behind several",
    [
      [22, 900],
      [5, 9],
      [12, 15],
    ],
    300,
    900,
  ],
  [
    "one that the next goes on from",
    [
      [22, 900],
      [5, 9],
      [800, 950],
    ],
    920,
    950,
  ],
])("knows what is taken: %s", (_, ranges, at, end) => {
  expect(takenBy(ranges).endAround(at)).toBe(end);
});

test("knows the end of the last before a place", () => {
  const taken = takenBy([
    [22, 90],
    [5, 9],
  ]);
  expect([4, 9, 50, 90].map((at) => taken.endBefore(at))).toEqual([-1, 9, 9, 90]);
  taken.clear();
  expect(taken.endBefore(100)).toBe(-1);
});

test("never takes what no range has", () => {
  const range = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), fc.nat(100), (pairs, at) => {
      const ranges = pairs.map(([start, length]) => [start, start + length] as const);
      const end = takenBy(ranges).endAround(at);
      const isIn = ranges.some(([start, stop]) => at >= start && at < stop);
      if (end >= 0) expect(isIn).toBe(true);
      const last = ranges.at(-1);
      if (last !== undefined && at >= last[0] && at < last[1]) expect(end).toBeGreaterThanOrEqual(last[1]);
    }),
  );
});
