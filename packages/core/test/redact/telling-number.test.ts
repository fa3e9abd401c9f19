import fc from "fast-check";
import { expect, test } from "vitest";
import { hasTellingNumber } from "../../src/redact/telling-number.ts";

const TELLING = /[0-9]{13}|[A-Z]{2}[0-9]{2}|[0-9]{4}[ -][0-9]{4}/;

test.each([
  ["1234567890123", true],
  ["123456789012", false],
  ["AB12", true],
  ["B12", false],
  ["aB12", false],
  ["1234-5678", true],
  ["1234 5678", true],
  ["1234-567", false],
  ["1234-", false],
  ["1234", false],
  ["123-4567", false],
  ["", false],
])("%j: %s", (text, isTelling) => {
  expect(hasTellingNumber(text)).toBe(isTelling);
});

test("finds what the expression finds", () => {
  const pieces = fc.constantFrom("A", "B", "z", "1", "23", "4567", "89", " ", "-", "é", "123456");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      expect(hasTellingNumber(text)).toBe(TELLING.test(text));
    }),
    { numRuns: 5000 },
  );
});
