import { expect, test } from "vitest";
import { createBackoff } from "../../src/pipeline/backoff.ts";

test("waits double up to the bound, and begin anew after a success", () => {
  const backoff = createBackoff({ initialMs: 100, maxMs: 500, random: () => 1 });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
    100, 200, 400, 500, 500,
  ]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test("each wait is drawn from the upper half of its step", () => {
  expect(createBackoff({ initialMs: 100, maxMs: 500, random: () => 0 }).next()).toBe(50);
  expect(createBackoff({ initialMs: 100, maxMs: 500, random: () => 0.5 }).next()).toBe(75);
  for (let i = 0; i < 100; i++) {
    const waitMs = createBackoff({ initialMs: 100, maxMs: 500 }).next();
    expect(waitMs).toBeGreaterThanOrEqual(50);
    expect(waitMs).toBeLessThanOrEqual(100);
  }
});

test("a first wait above the bound is the bound", () => {
  const backoff = createBackoff({ initialMs: 1000, maxMs: 10, random: () => 1 });
  expect([backoff.next(), backoff.next()]).toEqual([10, 10]);
});
