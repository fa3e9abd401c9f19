import { readdir } from "node:fs/promises";
import { RetryableError } from "@plumbline/core";
import { createFakeClock } from "@plumbline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDirectoryDestination } from "../src/index.ts";
import { Breaker } from "../src/upload/breaker.ts";
import { createThrottle } from "../src/upload/throttle.ts";
import { createScene, type Scene, wrapDestination } from "./scene.ts";

const never = new AbortController().signal;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

describe("a bandwidth limit", () => {
  const RATE = 500_000;

  test("is kept by all files together, over every second", async () => {
    const clock = createFakeClock();
    for (const name of ["a", "b", "c"]) await scene.make(name, Buffer.alloc(2 * RATE, name));
    const sentAt: { readonly atMs: number; readonly bytes: number }[] = [];
    const sent = new Map<string, number>();
    const over = new AbortController();
    const onEvent = (event: { kind: string; name: string; sent?: number }): void => {
      if (event.kind !== "progress" || event.sent === undefined) return;
      sentAt.push({ atMs: clock.monotonicMs(), bytes: event.sent - (sent.get(event.name) ?? 0) });
      sent.set(event.name, event.sent);
    };
    const run = scene.once({ uploader: { clock, bytesPerSecond: RATE, onEvent } }).finally(() => over.abort());
    while (!over.signal.aborted) await clock.advance(5);
    await run;
    expect(await scene.arrived()).toEqual(["a", "b", "c"]);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(5_700);
    for (const { atMs: from } of sentAt) {
      const bytes = sentAt
        .filter(({ atMs }) => atMs >= from && atMs < from + 1000)
        .reduce((sum, each) => sum + each.bytes, 0);
      // A tenth goes at once; what each of the three had just sent may be told late.
      expect(bytes).toBeLessThanOrEqual(1.5 * RATE);
    }
  });

  test("lets go of who waits when the signal aborts", async () => {
    const throttle = createThrottle(10, createFakeClock());
    const abort = new AbortController();
    await throttle.take(1000, abort.signal);
    const waiting = throttle.take(1, abort.signal);
    abort.abort();
    await waiting;
  });

  test("is none where none is set", async () => {
    const clock = createFakeClock();
    const throttle = createThrottle(undefined, clock);
    expect(throttle.mostBytes).toBe(Number.POSITIVE_INFINITY);
    await throttle.take(1e12, never);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a breaker", () => {
  test("holds all but one back while the destination is down, and waits longer each time", async () => {
    const clock = createFakeClock();
    const breaker = new Breaker(clock, 2, 1000, 8000);
    breaker.failed();
    expect(breaker.isOpen).toBe(false);
    breaker.failed();
    expect(breaker.isOpen).toBe(true);
    const entered: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const leave = await breaker.enter(never);
      entered.push(name);
      return leave;
    };
    const first = enter("first");
    const second = enter("second");
    await clock.advance(499);
    expect(entered).toEqual([]);
    await clock.advance(3000);
    expect(entered).toEqual(["first"]);
    breaker.failed();
    (await first)();
    await clock.advance(499);
    expect(entered).toEqual(["first"]);
    await clock.advance(8000);
    expect(entered).toEqual(["first", "second"]);
    breaker.succeeded();
    (await second)();
    expect(breaker.isOpen).toBe(false);
    await breaker.enter(never);
  });

  test("is each destination's own: one that is down does not hold up another's", async () => {
    const other = await createScene();
    try {
      for (const each of [scene, other]) await each.make("a.txt", "a");
      const down = createDirectoryDestination({ path: scene.to });
      const stop = new AbortController();
      let tries = 0;
      const stage = async (): Promise<never> => {
        if (++tries === 20) stop.abort();
        throw new RetryableError("the line is dead");
      };
      const stuck = scene.once({
        destination: wrapDestination(down, { stage }),
        uploader: { breakerFailures: 2, maxRetryMs: 2 },
        signal: stop.signal,
      });
      expect((await other.once()).counts).toMatchObject({ delivered: 1, retries: 0 });
      expect((await stuck).counts).toMatchObject({ delivered: 0, aside: 0 });
      expect(tries).toBeGreaterThanOrEqual(20);
      expect(await readdir(other.to)).toContain("a.txt");
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
