import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../src/fifo.ts";

test("a queue behaves as an array would, also past the bound at which its slots are given back", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("push" as const), count: fc.constantFrom(1, 3, 900) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("shift" as const), count: fc.constantFrom(1, 2, 800) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.nat(2000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const { kind, count } of steps) {
        if (kind === "take") {
          const isTaken = (item: number): boolean => item % 7 === count % 7;
          expect(queue.takeAll(isTaken)).toEqual(model.filter(isTaken));
          model.splice(0, model.length, ...model.filter((item) => !isTaken(item)));
          expect(queue.first).toBe(model[0]);
        }
        for (let left = kind === "take" ? 0 : count; left > 0; left--) {
          if (kind === "push") {
            queue.push(next);
            model.push(next++);
          } else {
            queue.shift();
            model.shift();
          }
          expect(queue.first).toBe(model[0]);
        }
      }
      for (const item of model) {
        expect(queue.first).toBe(item);
        queue.shift();
      }
      expect(queue.first).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});
