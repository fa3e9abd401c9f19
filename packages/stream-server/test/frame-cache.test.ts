import { createEpoch, formatId } from "@plumbline/core";
import type { StreamLine } from "@plumbline/stream";
import { expect, test } from "vitest";
import { FrameCache } from "../src/frame-cache.ts";

const EPOCH = createEpoch(1_700_000_000_000_000, () => 0);
const OPTIONS = { filter: {}, isFiltered: false, batch: 1, maxMessageBytes: 1000 } as const;
const FORM = { transport: "websocket", compress: "none" } as const;

function batchFrom(first: number): readonly StreamLine[] {
  return [first, first + 1].map((seq) => {
    const id = formatId(EPOCH, seq);
    return { id, line: `{"id":"${id}","name":"a"}` } as unknown as StreamLine;
  });
}

test("a batch is encoded once for all who get it in the same form", async () => {
  const cache = new FrameCache();
  const batch = batchFrom(1);
  const first = await cache.encode(batch, OPTIONS, FORM);
  expect((await cache.encode(batch, OPTIONS, FORM)).wire).toBe(first.wire);
  expect((await cache.encode(batch, { ...OPTIONS, batch: 2 }, FORM)).frames).toBe(1);
  expect((await cache.encode(batch, OPTIONS, FORM)).wire).toBe(first.wire);
  expect(first.release).toBeUndefined();
});

test("the last few batches alone are known, and none when somebody has left", async () => {
  const cache = new FrameCache();
  const batch = batchFrom(1);
  const wireOf = async (): Promise<Buffer> => (await cache.encode(batch, OPTIONS, FORM)).wire;
  const first = await wireOf();
  for (let n = 0; n < 3; n++) await cache.encode(batchFrom(10 * n), OPTIONS, FORM);
  expect(await wireOf()).toBe(first);
  for (let n = 0; n < 4; n++) await cache.encode(batchFrom(10 * n), OPTIONS, FORM);
  const second = await wireOf();
  expect(second).not.toBe(first);
  cache.forget();
  const third = await wireOf();
  expect(third).not.toBe(second);
  expect(third.equals(first)).toBe(true);
});

test("what a filter has left is for one alone: its memory is used again once it is given back, and it puts nobody else's batch out of mind", async () => {
  const cache = new FrameCache();
  const shared = batchFrom(1);
  const { wire } = await cache.encode(shared, OPTIONS, FORM);
  const filtered = { ...OPTIONS, isFiltered: true };
  const own = await cache.encode(batchFrom(3), filtered, FORM);
  const other = await cache.encode(batchFrom(5), filtered, FORM);
  expect(other.wire.buffer).not.toBe(own.wire.buffer);
  own.release?.();
  for (let n = 0; n < 10; n++) {
    const next = await cache.encode(batchFrom(10 * n), filtered, FORM);
    expect(next.wire.buffer).toBe(own.wire.buffer);
    next.release?.();
  }
  expect((await cache.encode(shared, OPTIONS, FORM)).wire).toBe(wire);
});
