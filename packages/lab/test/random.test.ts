import { expect, test } from "vitest";
import { createRandom, deriveSeed } from "../src/random.ts";

test("one seed gives one sequence, another gives another", () => {
  const take = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => random.int(1, 1000));
  };
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  expect(Math.min(...take(7))).toBeGreaterThanOrEqual(1);
  expect(Math.max(...take(7))).toBeLessThanOrEqual(1000);
  expect(new Set(take(7)).size).toBeGreaterThan(40);
});

test("a part's seed hangs on the run's seed and on each label", () => {
  const seeds = [
    deriveSeed(1, "kill", "pino", 0),
    deriveSeed(1, "kill", "pino", 1),
    deriveSeed(1, "exit", "pino", 0),
    deriveSeed(2, "kill", "pino", 0),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(deriveSeed(1, "kill", "pino", 0)).toBe(seeds[0]);
});
