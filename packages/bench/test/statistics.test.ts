import { expect, test } from "vitest";
import { median, range } from "../src/statistics.ts";

test("the median is the middle, or the mean of the two in the middle", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("the range is the smallest and the largest", () => {
  expect(range([3, 1, 2])).toEqual({ min: 1, max: 3 });
});
