import { describe, expect, test } from "vitest";
import type { Cell, Outcome } from "../../src/frame/bench.ts";
import { Results } from "../../src/frame/results.ts";
import { isReached, targetRows, type Target } from "../../src/frame/target.ts";

const cell = (name: string): Cell => ({ group: "g", name, run: () => Promise.resolve({ figures: {} }) });
const outcomes = (values: readonly number[]): Outcome[] => values.map((ns) => ({ figures: { ns } }));

describe("results", () => {
  const results = new Results(
    [cell("a"), cell("b"), cell("left out")],
    new Map([
      ["g: a", outcomes([10, 100, 12])],
      ["g: b", outcomes([20, 150, 30])],
      ["g: left out", []],
    ]),
  );

  test("a ratio is the median of each round's own, not that of the medians", () => {
    expect(results.ratio("g", "b", "a", "ns")).toBe(2);
    expect(results.median("g", "b", "ns") / results.median("g", "a", "ns")).toBe(2.5);
  });

  test("what was not run has no figures", () => {
    expect(results.namesIn("g")).toEqual(["a", "b"]);
    expect(results.median("g", "left out", "ns")).toBeNaN();
    expect(results.ratio("g", "a", "left out", "ns")).toBeNaN();
  });

  test("the worst is the largest of all rounds", () => {
    expect(results.worst("g", "a", "ns")).toBe(100);
  });
});

test("a curve's points are the medians of all rounds'", () => {
  const curve = (...costs: readonly number[]): Outcome => ({
    figures: {},
    series: [{ name: "CPU", points: costs.map((cost, place) => [place, cost]) }],
  });
  const rounds = [curve(1, 9), curve(8, 2), curve(2, 3)];
  const results = new Results([cell("a"), cell("b")], new Map([["g: a", rounds]]));
  expect(results.series("g", "a")).toEqual([
    {
      name: "CPU",
      points: [
        [0, 2],
        [1, 3],
      ],
    },
  ]);
  expect(results.series("g", "b")).toEqual([]);
});

describe("a target", () => {
  const target: Target = { text: "x", value: 2, bound: 2, sense: "at least", unit: "×" };

  test.each([
    [{}, true],
    [{ value: 1.9 }, false],
    [{ sense: "at most" }, true],
    [{ sense: "at most", value: 2.1 }, false],
    [{ sense: "below" }, false],
    [{ sense: "below", value: 1.9 }, true],
    [{ value: Number.NaN }, undefined],
  ] as const)("%o is reached: %s", (changed, expected) => {
    expect(isReached({ ...target, ...changed })).toBe(expected);
  });

  test("the table says so in words", () => {
    const rows = targetRows([target, { ...target, value: 1 }, { ...target, value: Number.NaN }]);
    expect(rows.map((row) => row.at(-1))).toEqual(["reached", "**not reached**", "not run"]);
  });
});
