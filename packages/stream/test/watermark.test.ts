import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Watermark } from "../src/index.ts";

test("the mark is always that of the last thing before the first that is not settled, whatever the order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 120 }), (steps) => {
      const watermark = new Watermark<number>();
      const open: { entry: ReturnType<typeof watermark.begin>; at: number }[] = [];
      const settled = new Set<number>();
      let begun = 0;
      let mark = -1;
      for (const step of steps) {
        if (step % 2 === 0 || open.length === 0) {
          open.push({ entry: watermark.begin(begun), at: begun });
          begun += 1;
          continue;
        }
        const [taken] = open.splice(step % open.length, 1);
        if (taken === undefined) continue;
        settled.add(taken.at);
        const reached = watermark.settle(taken.entry);
        const before = mark;
        if (reached !== undefined) mark = reached;
        let expected = -1;
        while (settled.has(expected + 1)) expected += 1;
        expect(mark).toBe(expected);
        expect(reached === undefined).toBe(mark === before);
        expect(watermark.size).toBe(begun - 1 - mark);
      }
    }),
  );
});
