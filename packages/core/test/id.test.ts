import fc from "fast-check";
import { expect, test } from "vitest";
import { createEpoch, formatId, isEpoch, parseId } from "../src/id.ts";

const micros = fc.integer({ min: 0, max: 4_102_444_800_000_000 });
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test("an epoch has the form of one, and sorts as text by the millisecond in which it was opened", () => {
  fc.assert(
    fc.property(micros, micros, random, (a, b, r) => {
      const [first, second] = [createEpoch(a, () => r), createEpoch(b, () => r)];
      expect(isEpoch(first)).toBe(true);
      expect(Math.sign(Math.trunc(a / 1000) - Math.trunc(b / 1000))).toBe(first < second ? -1 : first > second ? 1 : 0);
    }),
  );
});

test("an id comes back as its parts", () => {
  fc.assert(
    fc.property(micros, random, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (at, r, seq) => {
      const epoch = createEpoch(at, () => r);
      expect(parseId(formatId(epoch, seq))).toEqual({ epoch, seq });
    }),
  );
});

test.each([
  "",
  ":",
  "0000000000000",
  "0000000000000:",
  "0000000000000:0",
  "0000000000000:01",
  "0000000000000:-1",
  "0000000000000:9007199254740993",
  "000000000000:1",
  "000000000000W:1",
  "0000000000000:1:1",
])("%j is no id", (text) => expect(parseId(text)).toBeUndefined());
