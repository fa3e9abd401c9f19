import { expect, test } from "vitest";
import { PassedMark } from "../src/passed-mark.ts";

const EPOCH = "0k3f9c2a00000";
const at = (seq: number): string => `${EPOCH}:${seq}`;

async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => (over = true));
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

test("whoever waits is let go when what he waits for is passed, and not before", async () => {
  const mark = new PassedMark();
  const { signal } = new AbortController();
  const [near, far] = [mark.whenAt(at(5), signal), mark.whenAt(at(9), signal)];
  mark.note(at(4));
  expect([await isOver(near), mark.isAt(at(5))]).toEqual([false, false]);
  mark.note(at(5));
  expect([await isOver(near), await isOver(far)]).toEqual([true, false]);
  expect(await isOver(mark.whenAt(at(3), signal))).toBe(true);
});

test("nobody is left when it is released, or his time is over", async () => {
  const mark = new PassedMark();
  const given = new AbortController();
  const [one, other] = [mark.whenAt(at(5), given.signal), mark.whenAt(at(6), new AbortController().signal)];
  given.abort();
  expect([await isOver(one), await isOver(other)]).toEqual([true, false]);
  mark.release();
  expect([await isOver(other), mark.isAt(at(6))]).toEqual([true, false]);
  expect(await isOver(mark.whenAt(at(7), given.signal))).toBe(true);
});
