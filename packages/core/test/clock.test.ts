import { afterEach, expect, test, vi } from "vitest";
import { createSystemClock } from "../src/clock.ts";

afterEach(() => vi.restoreAllMocks());

function clockAt(): {
  readonly at: { wallMs: number; monotonicMs: number };
  readonly clock: ReturnType<typeof createSystemClock>;
} {
  const at = { wallMs: 1_700_000_000_000, monotonicMs: 5_000 };
  vi.spyOn(Date, "now").mockImplementation(() => at.wallMs);
  vi.spyOn(performance, "now").mockImplementation(() => at.monotonicMs);
  return { at, clock: createSystemClock() };
}

test("starts at the wall clock and counts microseconds on", () => {
  const { at, clock } = clockAt();
  expect(clock.nowMicros()).toBe(1_700_000_000_000_000);
  at.monotonicMs += 0.25;
  expect(clock.nowMicros()).toBe(1_700_000_000_000_250);
});

test("follows a step of the wall clock, in both directions, within its interval", () => {
  const { at, clock } = clockAt();
  clock.nowMicros();
  at.wallMs += 3_600_000;
  at.monotonicMs += 10;
  expect(clock.nowMicros()).toBe((1_700_000_000_000 + 3_600_000) * 1000);
  at.wallMs -= 7_200_000;
  at.monotonicMs += 10;
  expect(Math.trunc(clock.nowMicros() / 1000)).toBe(1_700_000_000_000 - 3_600_000);
});

test("a wall clock that agrees to the millisecond moves nothing", () => {
  const { at, clock } = clockAt();
  let last = clock.nowMicros();
  for (let tick = 1; tick <= 2_000; tick++) {
    at.monotonicMs = 5_000 + tick * 0.7;
    at.wallMs = 1_700_000_000_000 + Math.trunc(tick * 0.7);
    const now = clock.nowMicros();
    expect(now - last).toBeGreaterThanOrEqual(699);
    expect(now - last).toBeLessThanOrEqual(701);
    last = now;
  }
});

test("a cancelled timer does not fire, and timers do not hold the process", () => {
  vi.useFakeTimers();
  const clock = createSystemClock();
  let fired = 0;
  const first = clock.setTimer(() => fired++, 10);
  clock.setTimer(() => fired++, 10);
  first.cancel();
  first.cancel();
  vi.advanceTimersByTime(20);
  vi.useRealTimers();
  expect(fired).toBe(1);
});

test("a timer longer than Node can wait is shortened, not fired at once", () => {
  const delays: unknown[] = [];
  vi.spyOn(globalThis, "setTimeout").mockImplementation((_callback: () => void, delayMs?: number) => {
    delays.push(delayMs);
    const timer = setInterval(() => undefined, 1_000_000);
    clearInterval(timer);
    return timer;
  });
  const clock = createSystemClock();
  clock.setTimer(() => undefined, Number.POSITIVE_INFINITY).cancel();
  clock.setTimer(() => undefined, 2 ** 40).cancel();
  clock.setTimer(() => undefined, 5).cancel();
  expect(delays).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 5]);
});
