import { expect, test } from "vitest";
import { createReadMemory } from "../src/index.ts";
import { ChunkMemory } from "../src/chunk-source.ts";

test("what one reader has given back the next one reads into, and two never into the same", () => {
  const memory = createReadMemory();
  const [first, second] = [new ChunkMemory(memory), new ChunkMemory(memory)];
  const own = first.room(1000);
  first.kept();
  // What was read last stays while more is read.
  expect(first.room(1000).buffer).not.toBe(own.buffer);
  expect(second.room(1000).buffer).not.toBe(own.buffer);
  first.release();
  first.release();
  second.release();
  const [third, fourth] = [new ChunkMemory(memory), new ChunkMemory(memory)];
  const rooms = [third.room(1000), fourth.room(1000)];
  third.kept();
  rooms.push(third.room(1000), fourth.room(1000));
  const buffers = new Set(rooms.map(({ buffer }) => buffer));
  expect(buffers.size).toBe(3);
  expect(buffers).toContain(own.buffer);
});

test("a line that is longer than what is kept gets memory of its own, and neither that nor too much of the other is kept", () => {
  const memory = createReadMemory();
  const large = memory.take(10_000_000);
  memory.give(large);
  expect(memory.take(1000).buffer).not.toBe(large.buffer);
  const many = Array.from({ length: 20 }, () => memory.take(1000));
  for (const one of many) memory.give(one);
  const again = new Set(many.map(() => memory.take(1000).buffer));
  expect(many.filter(({ buffer }) => again.has(buffer))).toHaveLength(8);
});
