import { expect, test } from "vitest";
import { LineWaiters } from "../src/line-waiters.ts";
import { makeLine, upTo } from "./scene.ts";

function createWaiters(): {
  readonly waiters: LineWaiters;
  readonly add: (index: number) => void;
  readonly told: string[];
} {
  const waiters = new LineWaiters(String, () => Promise.resolve());
  const told: string[] = [];
  const add = (index: number): void => {
    const line = LINES[index];
    if (line === undefined) return;
    waiters.add(
      line,
      "written",
      (id) => told.push(`${index} has ${id}`),
      (error) => told.push(`${index}: ${error.message}`),
    );
  };
  return { waiters, add, told };
}

const LINES = upTo(10).map((index) => makeLine(index));
const full = new Error("full");

test("who waits for a line that is dropped is told, and nobody else", () => {
  const { waiters, add, told } = createWaiters();
  for (const index of [1, 3, 4, 6, 8]) add(index);
  for (const line of LINES.slice(0, 2)) waiters.droppedOldest(line, full);
  expect(told).toEqual(["1: full"]);
  waiters.dropped(
    LINES.filter((_, index) => index === 4 || index === 5 || index === 8),
    full,
  );
  expect(told).toEqual(["1: full", "4: full", "8: full"]);
  for (const [index, line] of LINES.entries())
    if (index >= 2 && ![4, 5, 8].includes(index)) waiters.numbered(line, index);
  waiters.written(9);
  expect(told.slice(3)).toEqual(["3 has 3", "6 has 6"]);
});

test("as many as may wait cost no more when lines are dropped for which nobody does", () => {
  const { waiters, add, told } = createWaiters();
  // Each of so many looked at for each of the others would take longer than a test may.
  const count = 300_000;
  for (let each = 0; each < count; each++) add(1);
  const other = makeLine(0);
  for (let each = 0; each < count; each++) waiters.droppedOldest(other, full);
  expect(told).toEqual([]);
});
