import { createSystemClock, OUTPUT_DEFAULTS, type FeedDefaults, type Journal, type Sink } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { resolveDelivery } from "../src/delivery-settings.ts";

function resolve(feed: FeedDefaults | undefined, options: object = {}): ReturnType<typeof resolveDelivery> {
  const sink: Sink = { ...(feed && { feed }), write: () => undefined, close: () => undefined };
  // Nothing here asks anything of the journal.
  const journal = {} as Journal;
  return resolveDelivery({ journal, sink, consumer: "far", clock: createSystemClock(), ...options });
}

describe("how a journaled sink is fed", () => {
  test("is what it asks for itself", () => {
    expect(resolve({ maxBatchCount: 7, maxDelayMs: 0, writeTimeoutMs: 9 })).toMatchObject({
      batch: { maxCount: 7, maxDelayMs: 0, maxBytes: OUTPUT_DEFAULTS.batch.maxBytes },
      writeTimeoutMs: 9,
    });
  });

  test("is what the options say, where they say it", () => {
    const options = { batch: { maxCount: 3, maxDelayMs: undefined }, writeTimeoutMs: 5 };
    expect(resolve({ maxBatchCount: 7, maxDelayMs: 8, writeTimeoutMs: 9 }, options)).toMatchObject({
      batch: { maxCount: 3, maxDelayMs: 8 },
      writeTimeoutMs: 5,
    });
  });

  test("is as for any other, where neither says anything", () => {
    const { batch, writeTimeoutMs } = OUTPUT_DEFAULTS;
    expect(resolve(undefined)).toMatchObject({ batch, writeTimeoutMs });
    expect(resolve({ maxQueueCount: 1 })).toMatchObject({ batch, writeTimeoutMs });
  });
});
