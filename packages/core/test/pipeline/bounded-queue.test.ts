import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedQueue } from "../../src/pipeline/bounded-queue.ts";
import { settlePromises } from "../fake-clock.ts";
import { lineOf } from "../fake-parts.ts";

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("push" as const, "evict" as const, "wait" as const),
      size: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      count: fc.integer({ min: 1, max: 6 }),
      bytes: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("rebound" as const),
      count: fc.integer({ min: 1, max: 12 }),
      bytes: fc.integer({ min: 60, max: 200 }),
    }),
  },
);

test("property: first in, first out; within both bounds; those who wait follow in order, and nothing is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
      let bounds = { maxCount: 8, maxBytes: 150 };
      const queue = new BoundedQueue(bounds);
      const model: { name: string; size: number }[] = [];
      const out: string[] = [];
      const entered: string[] = [];
      const admitted = new Set<string>();
      let over = false; // bounds were lowered under what was held
      for (const [index, given] of steps.entries()) {
        if (given.kind === "take") {
          const lines = queue.take(given.count, given.bytes);
          const size = lines.reduce((sum, line) => sum + line.size, 0);
          expect(lines.length).toBeLessThanOrEqual(given.count);
          if (lines.length > 1) expect(size).toBeLessThanOrEqual(given.bytes);
          if (model.length > 0) expect(lines.length).toBeGreaterThan(0);
          for (const line of lines) out.push(line.name ?? "");
          model.splice(0, lines.length);
        } else if (given.kind === "rebound") {
          bounds = { maxCount: given.count, maxBytes: given.bytes };
          queue.rebound(bounds);
          over = true;
        } else {
          const name = `n${index}`;
          const line = lineOf(name, given.size);
          if (given.kind === "evict") {
            for (const evicted of queue.evictFor(line)) {
              out.push(evicted.name ?? "");
              model.shift();
            }
          }
          const waiting = model.slice(queue.count);
          const waitingBytes = waiting.reduce((sum, { size }) => sum + size, 0);
          expect(queue.mayWait(line)).toBe(
            waiting.length < bounds.maxCount && waitingBytes + given.size <= bounds.maxBytes,
          );
          if (queue.hasRoom(line)) {
            queue.push(line);
            entered.push(name);
            admitted.add(name);
            model.push({ name, size: given.size });
          } else if (given.kind === "wait" && queue.mayWait(line) && queue.couldHold(line)) {
            entered.push(name);
            model.push({ name, size: given.size });
            void queue.wait(line).then(() => admitted.add(name));
          }
        }
        await settlePromises();
        expect(queue.total).toBe(model.length);
        const within = model.slice(0, queue.count);
        expect(queue.bytes).toBe(within.reduce((sum, { size }) => sum + size, 0));
        if (!over) {
          expect(queue.count).toBeLessThanOrEqual(bounds.maxCount);
          expect(queue.bytes).toBeLessThanOrEqual(bounds.maxBytes);
        }
        for (const { name } of within) expect(admitted).toContain(name);
        for (const { name } of model.slice(queue.count)) expect(admitted).not.toContain(name);
      }
      out.push(...queue.clear().map((line) => line.name ?? ""));
      await settlePromises();
      expect(out).toEqual(entered);
      expect(admitted.size).toBe(entered.length);
      expect([queue.total, queue.bytes]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
});

test("slots are given back, so that a queue that never empties does not grow", () => {
  const queue = new BoundedQueue({ maxCount: 10, maxBytes: 1000 });
  for (let i = 0; i < 5; i++) queue.push(lineOf(`n${i}`));
  for (let i = 5; i < 10_000; i++) {
    queue.push(lineOf(`n${i}`));
    expect(queue.take(1, 1000)[0]?.name).toBe(`n${i - 5}`);
  }
  expect(queue.count).toBe(5);
});

test("those who wait are let in, also when the policy changes to one that evicts while they wait", async () => {
  const queue = new BoundedQueue({ maxCount: 1, maxBytes: 60 });
  queue.push(lineOf("first"));
  const admitted: string[] = [];
  void queue.wait(lineOf("second")).then(() => admitted.push("second"));
  expect(queue.evictFor(lineOf("third"))).toEqual([]);
  expect(queue.take(1, 100).map(({ name }) => name)).toEqual(["first"]);
  await settlePromises();
  expect(admitted).toEqual(["second"]);
  expect(queue.take(1, 100).map(({ name }) => name)).toEqual(["second"]);
});
