import { expect, test } from "vitest";
import { WireMemory } from "../src/wire-memory.ts";

test("what was given back is used again, as much of it as is asked for, and what was not is nobody else's", () => {
  const memory = new WireMemory();
  const first = memory.room(50_000);
  const second = memory.room(50_000);
  expect(second.room.buffer).not.toBe(first.room.buffer);
  first.release();
  const third = memory.room(40_000);
  expect(third.room.buffer).toBe(first.room.buffer);
  expect(third.room).toHaveLength(40_000);
  expect(memory.room(10).room.buffer).not.toBe(first.room.buffer);
});

test("what is too small stays for others, and neither many nor large ones are kept", () => {
  const memory = new WireMemory();
  const small = memory.room(1000);
  small.release();
  expect(memory.room(100_000).room.buffer).not.toBe(small.room.buffer);
  expect(memory.room(1000).room.buffer).toBe(small.room.buffer);
  const large = memory.room(2 * 1024 * 1024);
  large.release();
  expect(memory.room(1000).room.buffer).not.toBe(large.room.buffer);
  const many = Array.from({ length: 50 }, () => memory.room(1000));
  for (const { release } of many) release();
  const kept = new Set(many.map(() => memory.room(1000).room.buffer));
  expect(many.filter(({ room }) => kept.has(room.buffer))).toHaveLength(4);
});
