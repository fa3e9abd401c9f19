import fc from "fast-check";
import { expect, test } from "vitest";
import { ReaderPlaces, type ReaderPlace } from "../src/reader-places.ts";

test("property: the last number that all have passed is the lowest of them, whoever comes, goes on and leaves", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("add" as const), who: fc.nat(), by: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), who: fc.nat(), by: fc.nat() }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("move" as const), who: fc.nat(), by: fc.integer({ min: -2, max: 5 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const places = new ReaderPlaces();
      const model: { place: ReaderPlace; passed: number }[] = [];
      const lowest = (): number => (model.length === 0 ? 0 : Math.min(...model.map(({ passed }) => passed)));
      for (const { kind, who, by } of steps) {
        const before = lowest();
        const one = model[who % Math.max(1, model.length)];
        if (kind === "add") model.push({ place: places.add(), passed: 0 });
        else if (one === undefined) continue;
        else if (kind === "remove") {
          expect(places.remove(one.place)).toBe(true);
          expect(places.remove(one.place)).toBe(false);
          expect(places.move(one.place, 1_000_000)).toBe(false);
          model.splice(model.indexOf(one), 1);
        } else {
          const moved = places.move(one.place, one.passed + by);
          one.passed = Math.max(one.passed, one.passed + by); // nobody goes back
          expect(moved).toBe(lowest() > before);
        }
        expect([places.count, places.lowest]).toEqual([model.length, lowest()]);
      }
    }),
    { numRuns: 200 },
  );
});
