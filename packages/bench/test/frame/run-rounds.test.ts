import { expect, test } from "vitest";
import type { Cell } from "../../src/frame/bench.ts";
import { orderOf } from "../../src/frame/run-rounds.ts";

const cell = (name: string, rest: Partial<Cell> = {}): Cell => ({
  group: "g",
  name,
  ...rest,
  run: () => Promise.resolve({ figures: {} }),
});

test("each round begins with another cell, some are in the first rounds alone, and what is run once comes last", () => {
  const cells = [cell("a"), cell("b"), cell("few", { mostRounds: 1 }), cell("once", { once: true })];
  expect(orderOf(cells, 3).map(({ name }) => name)).toEqual(["a", "b", "few", "b", "a", "a", "b", "once"]);
});
