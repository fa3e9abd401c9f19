import type { Sink } from "../../src/index.ts";
import { describe, expect, test } from "vitest";
import { resolveOutputOptions } from "../../src/pipeline/output-options.ts";

const sink: Sink = {
  feed: { maxQueueCount: 7, maxBatchCount: 5, maxDelayMs: 3, writeTimeoutMs: 2 },
  write: () => undefined,
  close: () => undefined,
};

describe("how a sink says that it is best fed", () => {
  test("holds where the config says nothing", () => {
    const { queue, batch, writeTimeoutMs } = resolveOutputOptions({ name: "a", sink });
    expect({ queue, batch, writeTimeoutMs }).toMatchObject({
      queue: { maxCount: 7, maxBytes: 64 * 1024 * 1024 },
      batch: { maxCount: 5, maxDelayMs: 3 },
      writeTimeoutMs: 2,
    });
  });

  test("yields to the config, option by option", () => {
    const { queue, batch, writeTimeoutMs } = resolveOutputOptions({
      name: "a",
      sink,
      queue: { maxCount: 70 },
      batch: { maxDelayMs: 30 },
      writeTimeoutMs: 20,
    });
    expect({ queue, batch, writeTimeoutMs }).toMatchObject({
      queue: { maxCount: 70 },
      batch: { maxCount: 5, maxDelayMs: 30 },
      writeTimeoutMs: 20,
    });
  });

  test("is checked as the config is", () => {
    const broken = { ...sink, feed: { maxBatchCount: 0 } };
    expect(() => resolveOutputOptions({ name: "a", sink: broken })).toThrow(/batch\.maxCount is 0/);
  });
});
