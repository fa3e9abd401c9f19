import { expect, test } from "vitest";
import { fitLine, median, percentile, range } from "../../src/frame/statistics.ts";

test("the median is the middle, or the mean of the two in the middle", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("the range is the smallest and the largest", () => {
  expect(range([3, 1, 2])).toEqual({ min: 1, max: 3 });
});

test("a percentile is a value that was measured", () => {
  const values = Float64Array.from({ length: 1000 }, (_, index) => 1000 - index);
  expect(percentile(values, 0.999)).toBe(999);
  expect(percentile(values, 1)).toBe(1000);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
});

test("a line is fitted through most points, whatever the wild ones say", () => {
  const points = Array.from({ length: 20 }, (_, x) => [x, x === 7 ? 9000 : 5 + 2 * x] as const);
  const line = fitLine(points);
  expect(line.slope).toBeCloseTo(2);
  expect(line.at(10)).toBeCloseTo(25);
});
