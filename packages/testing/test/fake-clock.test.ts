import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFakeClock } from "../src/index.ts";

test("timers go off in the order of their times, each at its time, and no other does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 50 })),
      fc.array(fc.integer({ min: 0, max: 20 })),
      async (delays, moves) => {
        const clock = createFakeClock();
        const fired: [delay: number, at: number][] = [];
        for (const delay of delays) clock.setTimer(() => fired.push([delay, clock.monotonicMs()]), delay);
        for (const move of moves) await clock.advance(move);
        const now = moves.reduce((sum, move) => sum + move, 0);
        const due = delays.filter((delay) => delay <= now && moves.length > 0).toSorted((a, b) => a - b);
        expect(fired).toEqual(due.map((delay) => [delay, delay]));
        expect(clock.pendingTimers).toBe(delays.length - due.length);
        expect(clock.monotonicMs()).toBe(now);
      },
    ),
    { numRuns: 50 },
  );
});

test("a timer that is set on the way goes off in the same move, and one that is cancelled never does", async () => {
  const clock = createFakeClock();
  const fired: string[] = [];
  const cancelled = clock.setTimer(() => fired.push("cancelled"), 5);
  clock.setTimer(() => {
    fired.push("first");
    cancelled.cancel();
    clock.setTimer(() => fired.push("second"), 10);
    clock.setTimer(() => fired.push("later"), 100);
  }, 5 - 1);
  expect(clock.nextTimerMs).toBe(4);
  await clock.advance(50);
  expect(fired).toEqual(["first", "second"]);
  expect(clock.nextTimerMs).toBe(100 - (50 - 4));
  cancelled.cancel();
});

test("what waits for promises has its turn between two timers", async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  const loop = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
      for (let deep = 0; deep < 20; deep++) await Promise.resolve();
      seen.push(`round ${round} at ${clock.monotonicMs()}`);
    }
  };
  const done = loop();
  await clock.advance(25);
  expect(seen).toEqual(["round 0 at 10", "round 1 at 20"]);
  await clock.advance(5);
  await done;
  expect(seen).toHaveLength(3);
});

test("the wall clock moves with it, and can be set by itself", async () => {
  const clock = createFakeClock({ startMicros: 1_000_000 });
  await clock.advance(1.5);
  expect([clock.nowMicros(), clock.monotonicMs()]).toEqual([1_001_500, 1.5]);
  clock.stepWall(-900_000);
  expect([clock.nowMicros(), clock.monotonicMs()]).toEqual([101_500, 1.5]);
});

test("a timer that sets itself again at once is told, not waited for", async () => {
  const clock = createFakeClock();
  const again = (): void => void clock.setTimer(again, 0);
  again();
  await expect(clock.advance(1)).rejects.toMatchObject({ code: "PLB_TESTING_TIMER_LOOP" });
});

test("what a timer throws is thrown by the move, which stops there", async () => {
  const clock = createFakeClock();
  clock.setTimer(() => {
    throw new Error("planted");
  }, 10);
  await expect(clock.advance(50)).rejects.toThrow("planted");
  expect([clock.monotonicMs(), clock.pendingTimers]).toEqual([10, 0]);
});
