import { expect, test } from "vitest";
import { FlushGate } from "../../src/pipeline/flush-gate.ts";
import { settlePromises } from "../fake-clock.ts";

test("a flush enters when all before it is settled and nothing is in flight, and keeps writes back until it leaves", async () => {
  const gate = new FlushGate();
  expect([gate.isIdle, gate.blocksWrites(0)]).toEqual([true, false]);
  let isInside = false;
  const { entered } = gate.enter(5);
  void entered.then(() => {
    isInside = true;
  });
  expect([gate.isIdle, gate.blocksWrites(4), gate.blocksWrites(5)]).toEqual([false, false, true]);
  gate.open(4, 0);
  gate.open(5, 1);
  await settlePromises();
  expect(isInside).toBe(false);
  gate.open(5, 0);
  await settlePromises();
  expect([isInside, gate.isIdle, gate.blocksWrites(0)]).toEqual([true, false, true]);
  gate.leave();
  expect([gate.isIdle, gate.blocksWrites(99)]).toEqual([true, false]);
});

test("those who wait enter in the order of their barriers, together where they can", async () => {
  const gate = new FlushGate();
  const inside: number[] = [];
  for (const barrier of [1, 2, 9]) void gate.enter(barrier).entered.then(() => inside.push(barrier));
  gate.open(3, 0);
  await settlePromises();
  expect(inside).toEqual([1, 2]);
  gate.leave();
  expect(gate.blocksWrites(0)).toBe(true);
  gate.leave();
  expect(gate.blocksWrites(3)).toBe(false);
});

test("one that is withdrawn blocks nobody, whether it had entered or not", () => {
  const gate = new FlushGate();
  gate.enter(1).withdraw();
  expect(gate.isIdle).toBe(true);
  const second = gate.enter(1);
  gate.open(1, 0);
  second.withdraw();
  expect([gate.isIdle, gate.blocksWrites(9)]).toEqual([true, false]);
});
