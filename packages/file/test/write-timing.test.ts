import { createFakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { WriteTiming } from "../src/write-timing.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A timing of 10 ms, when it has just gone, and the times at which it goes afterwards. */
async function justGone(
  isUrgent: () => boolean,
): Promise<{ timing: WriteTiming; wentAt: number[]; clock: ReturnType<typeof createFakeClock> }> {
  const clock = createFakeClock();
  const wentAt: number[] = [];
  const start = clock.monotonicMs();
  const timing = new WriteTiming(clock, 10, isUrgent, () => wentAt.push(clock.monotonicMs() - start));
  timing.request(false);
  await turn();
  expect(wentAt).toEqual([0]);
  return { timing, wentAt, clock };
}

test.each([
  ["lines gather for the interval", false, 10],
  ["while a subscriber waits for the next line they gather for 2 ms", true, 2],
])("%s", async (_, isUrgent, afterMs) => {
  const { timing, wentAt, clock } = await justGone(() => isUrgent);
  timing.request(false);
  await clock.advance(afterMs - 1);
  expect(wentAt).toEqual([0]);
  await clock.advance(1);
  expect(wentAt).toEqual([0, afterMs]);
});

test.each([
  ["at once", (timing: WriteTiming) => timing.hurry()],
  ["with the next line", (timing: WriteTiming) => timing.request(false)],
])("a subscriber that comes while lines gather shortens their time, %s", async (_, hurry) => {
  const subscriber = { isThere: false };
  const { timing, wentAt, clock } = await justGone(() => subscriber.isThere);
  timing.request(false);
  await clock.advance(1);
  subscriber.isThere = true;
  hurry(timing);
  await clock.advance(1);
  expect(wentAt).toEqual([0, 2]);
  await clock.advance(20);
  expect(wentAt).toEqual([0, 2]);
});

test("a subscriber that comes while nothing gathers makes nothing go", async () => {
  const { timing, wentAt, clock } = await justGone(() => true);
  timing.hurry();
  await clock.advance(20);
  await turn();
  expect(wentAt).toEqual([0]);
});

test("a line that somebody waits for goes as soon as the event loop turns", async () => {
  const { timing, wentAt } = await justGone(() => false);
  timing.request(true);
  await turn();
  expect(wentAt).toEqual([0, 0]);
});
