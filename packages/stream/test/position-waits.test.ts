import { getEventListeners } from "node:events";
import { createSystemClock } from "@plumbline/core";
import { expect, test } from "vitest";
import { ConsumerLoop, type ConsumerLoopOptions } from "../src/consumer-loop.ts";
import { PositionWaits } from "../src/position-waits.ts";

test("however it ends, nobody who has waited is remembered", async () => {
  const waits = new PositionWaits();
  const over = new AbortController();
  const { signal } = over;
  const all = ["a:1", "a:2", "a:3"].map((position) => waits.until(position, signal));
  expect(getEventListeners(signal, "abort")).toHaveLength(3);
  waits.pass((position) => position === "a:1");
  await all[0];
  expect([waits.isAny, getEventListeners(signal, "abort").length]).toEqual([true, 2]);
  over.abort();
  await Promise.all(all);
  expect([waits.isAny, getEventListeners(signal, "abort").length]).toEqual([false, 0]);
  await waits.until("a:4", signal);
  expect(waits.isAny).toBe(false);
  const last = waits.until("a:5");
  waits.release();
  await last;
  expect(waits.isAny).toBe(false);
});

test("who waits for a loop that gets nowhere waits no longer than his time", async () => {
  const start = { done: "0k3f9c2a00000:1", sent: "0k3f9c2a00000:1" };
  // It is never run: of the rest it asks nothing.
  const loop = new ConsumerLoop({ clock: createSystemClock(), start } as unknown as ConsumerLoopOptions);
  const over = new AbortController();
  const done = loop.whenDone("0k3f9c2a00000:9", over.signal);
  expect(getEventListeners(over.signal, "abort")).toHaveLength(1);
  over.abort();
  expect(await done).toBe(false);
  expect(await loop.whenDone("0k3f9c2a00000:1", over.signal)).toBe(true);
});
