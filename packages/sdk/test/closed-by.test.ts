import type { Sink } from "@plumbline/core";
import { expect, test } from "vitest";
import { closedBy } from "../src/closed-by.ts";

test("a sink with another close is the same in everything else: what it says of itself, how it is fed, what it does", async () => {
  const done: string[] = [];
  const sink: Required<Sink> = {
    signals: ["logs", "traces"],
    exclusive: ["tcp:4700"],
    concurrency: 3,
    feed: { maxQueueCount: 7, maxBatchCount: 5, maxDelayMs: 3, writeTimeoutMs: 2 },
    start: () => void done.push("start"),
    write: (batch) => ({ rejected: batch.length, reason: "no" }),
    flush: (options) => void done.push(`flush ${options?.durability}`),
    rotate: () => void done.push("rotate"),
    close: () => void done.push("its own close"),
  };
  const same = closedBy(sink, async () => void done.push("close"));
  const { signals, exclusive, concurrency, feed } = sink;
  expect(same).toMatchObject({ signals, exclusive, concurrency, feed });
  expect(same.write([], { signal: new AbortController().signal })).toEqual({ rejected: 0, reason: "no" });
  await same.start?.();
  await same.flush?.({ durability: "written" });
  await same.rotate?.();
  await same.close();
  expect(done).toEqual(["start", "flush written", "rotate", "close"]);
});

test("what a sink does not have, it does not get", () => {
  const least: Sink = { write: () => undefined, close: () => undefined };
  expect(Object.keys(closedBy(least, async () => undefined)).toSorted()).toEqual(["close", "write"]);
});
