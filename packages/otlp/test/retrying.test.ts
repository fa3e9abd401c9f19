import { getEventListeners } from "node:events";
import { RetryableError } from "@plumbline/core";
import { createFakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { retrying } from "../src/deliver/retrying.ts";

test("an exporter that waits again and again leaves nothing on the signal that it lives with", async () => {
  const clock = createFakeClock();
  const { signal } = new AbortController();
  let count = 0;
  const tried = retrying(
    () => {
      count += 1;
      return count < 5
        ? Promise.reject(new RetryableError("not now", { retryAfterMs: 1000 }))
        : Promise.resolve("taken");
    },
    { clock, retryForMs: 60_000, signal, random: () => 0.5 },
  );
  for (let attempt = 1; attempt < 5; attempt++) await clock.advance(10_000);
  expect(await tried).toBe("taken");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
