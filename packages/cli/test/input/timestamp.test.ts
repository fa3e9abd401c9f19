import { describe, expect, test } from "vitest";
import { toTime } from "../../src/input/timestamp.ts";

const SECOND = 1_763_675_823n;
const NANOS = 1_000_000_000n;

describe("a number", () => {
  test.each([
    ["seconds", 1_763_675_823, SECOND * NANOS],
    ["seconds with a fraction", 1_763_675_823.123456, SECOND * NANOS + 123_456_000n],
    ["microseconds with a fraction", 1_763_675_823_123_456.25, SECOND * NANOS + 123_456_000n],
    ["milliseconds", 1_763_675_823_123, SECOND * NANOS + 123_000_000n],
    ["microseconds", 1_763_675_823_123_456, SECOND * NANOS + 123_456_000n],
    ["nanoseconds", 1_763_675_823_123_456_789n, SECOND * NANOS + 123_456_789n],
    ["digits in a text", "1763675823123", SECOND * NANOS + 123_000_000n],
  ])("of %s", (_unit, value, expected) => {
    expect(toTime(value)).toBe(expected);
  });

  test.each([0, -1, 12_345, Number.NaN, Number.POSITIVE_INFINITY, 1e30])("%d is no time", (value) => {
    expect(toTime(value)).toBeUndefined();
  });
});

describe("a text", () => {
  test.each([
    ["2025-11-20T21:57:03Z", 0n],
    ["2025-11-20T21:57:03.123Z", 123_000_000n],
    ["2025-11-20T21:57:03.123456789Z", 123_456_789n],
    ["2025-11-20 21:57:03,5+00:00", 500_000_000n],
    ["2025-11-20T22:57:03.000+0100", 0n],
  ])("%s", (value, fraction) => {
    expect(toTime(value)).toBe(SECOND * NANOS + fraction);
  });

  test("without a zone is local time", () => {
    expect(toTime("2025-11-20T21:57:03")).toBe(BigInt(new Date(2025, 10, 20, 21, 57, 3).getTime()) * 1_000_000n);
  });

  test.each(["yesterday", "", "2025-13-40T00:00:00Z", "12:00", "2025-11-20"])("%j is no time", (value) => {
    expect(toTime(value)).toBeUndefined();
  });

  test.each([null, true, {}, []])("%j is no time", (value) => {
    expect(toTime(value)).toBeUndefined();
  });
});
