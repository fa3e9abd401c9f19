import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimeStamp } from "../../src/serialize/time-stamp.ts";
import { formatTimestamp, parseTimestamp } from "../../src/serialize/timestamp.ts";

const FIRST_NANO = -62_167_219_200_000_000_000n;
const LAST_NANO = 253_402_300_799_999_999_999n;

test("every nanosecond of the years 0000 to 9999 has one text, which is read as it", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: FIRST_NANO, max: LAST_NANO }), (nanos) => {
      const text = formatTimestamp(nanos);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(\d{3})?Z$/u);
      expect(parseTimestamp(text)).toBe(nanos);
      expect(text.slice(0, 23)).toBe(
        new Date(Number(nanos / 1_000_000n - (nanos < 0n && nanos % 1_000_000n !== 0n ? 1n : 0n)))
          .toISOString()
          .slice(0, 23),
      );
    }),
  );
  expect(formatTimestamp(1_000n)).toBe("1970-01-01T00:00:00.000001Z");
  expect(formatTimestamp(1_001n)).toBe("1970-01-01T00:00:00.000001001Z");
});

test("every text is read as Date reads it, where Date does", () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date("0000-01-01T00:00:00Z"),
        max: new Date("9999-12-31T23:59:59.999Z"),
        noInvalidDate: true,
      }),
      (date) => {
        expect(parseTimestamp(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      },
    ),
  );
});

describe("a time", () => {
  test.each([
    ["2026-11-20T21:57:03Z", 1_795_211_823_000_000_000n],
    ["2026-11-20t21:57:03z", 1_795_211_823_000_000_000n],
    ["2026-11-20 21:57:03.5Z", 1_795_211_823_500_000_000n],
    ["2026-11-20T23:27:03+01:30", 1_795_211_823_000_000_000n],
    ["2026-11-20T20:57:03-01:00", 1_795_211_823_000_000_000n],
    ["2026-11-20T21:57:03.1234567891234Z", 1_795_211_823_123_456_789n],
    ["2024-02-29T00:00:00Z", 1_709_164_800_000_000_000n],
  ])("may be written %s", (text, nanos) => {
    expect(parseTimestamp(text)).toBe(nanos);
  });

  test.each([
    "",
    "now",
    "2026-11-20",
    "2026-11-20T21:57:03",
    "2026-11-20T21:57:03.Z",
    "2026-11-20T21:57:03Z ",
    "2026-11-20T21:57Z",
    "2026-13-20T21:57:03Z",
    "2026-00-20T21:57:03Z",
    "2026-11-31T21:57:03Z",
    "2023-02-29T21:57:03Z",
    "1900-02-29T21:57:03Z",
    "2026-11-20T24:57:03Z",
    "2026-11-20T21:60:03Z",
    "2026-11-20T21:57:60Z",
    "2026-11-20T21:57:03+24:00",
    "2026-11-20T21:57:03+0100",
    "2026/11/20T21:57:03Z",
    "2026-11-20X21:57:03Z",
    "+02026-11-20T21:57:03Z",
    "2026-11-20T21:57:0aZ",
  ])("may not be written %j", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

test("the stamp is the text of the clock's microseconds, in whatever order they come", () => {
  const stamp = new TimeStamp();
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.oneof(fc.nat({ max: 3_000_000 }), fc.nat({ max: 600 })), (start, step) => {
      for (const micros of [start, start + step, start + 2 * step, start + step, start]) {
        expect(`${stamp.begin(micros)}Z`).toBe(`"time":"${formatTimestamp(BigInt(micros) * 1000n)}`);
      }
    }),
  );
  expect(() => stamp.begin(Number.NaN)).toThrow(RangeError);
});
