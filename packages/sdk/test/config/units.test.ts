import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "@plumbline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, formatSize } from "../../src/config/units.ts";

test("what is formatted reads back as the same number, in a form that the JSON Schema takes", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 }), (value) => {
      expect(parseSize(formatSize(value))).toBe(value);
      expect(formatSize(value)).toMatch(SIZE_PATTERN);
      expect(parseDuration(formatDuration(value))).toBe(value);
      expect(formatDuration(value)).toMatch(DURATION_PATTERN);
    }),
  );
});
