import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../src/input/parse-json.ts";

test("is JSON.parse, but for integers that are not safe", () => {
  const asNumbers = (value: unknown): unknown => {
    if (typeof value === "bigint") return Number(value);
    if (Array.isArray(value)) return value.map(asNumbers);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asNumbers(item)]));
  };
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(asNumbers(parseJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

test("keeps all digits of integers beyond 2^53", () => {
  expect(parseJson('{"a":9007199254740993,"b":[-18446744073709551615],"c":9007199254740991,"d":1.5e300}')).toEqual({
    a: 9007199254740993n,
    b: [-18446744073709551615n],
    c: 9007199254740991,
    d: 1.5e300,
  });
});

test("leaves digits in texts and keys alone", () => {
  const text = String.raw`{"12345678901234567890":"\"98765432109876543210\\","x":"\\"}`;
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each([
  "{",
  '{"a":12345678901234567890',
  '"12345678901234567890',
  "{'a':12345678901234567890}",
  "-",
  "01234567890123456789",
])("%j throws", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
