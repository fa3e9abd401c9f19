import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration, parseSize } from "../src/units.ts";

describe("sizes", () => {
  test.each([
    ["64MiB", 64 * 1024 ** 2],
    ["64 MiB", 64 * 1024 ** 2],
    ["64mib", 64 * 1024 ** 2],
    ["64MB", 64_000_000],
    ["500kB", 500_000],
    ["1.5GiB", 1.5 * 1024 ** 3],
    ["0.1GB", 100_000_000],
    ["4096", 4096],
    ["4096B", 4096],
    ["0B", 0],
    [4096, 4096],
    [0, 0],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    "",
    "MiB",
    "64M",
    "-1MiB",
    "1e3MiB",
    "0x10",
    "64MiB ",
    "1,5MiB",
    "0.5B",
    "1.1KiB",
    "64MiBs",
    "∞",
    "9007199254740993",
    "9999999TiB",
  ])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("the number %d is none", (value) => {
    expect(parseSize(value)).toBeUndefined();
  });
});

describe("durations", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5h", 5_400_000],
    ["0ms", 0],
    ["7d", 604_800_000],
    ["0.001s", 1],
  ])("%s is %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(["", "500", "1H", "1h30m", "0.5ms", "1 week", "-1s", "1s "])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

test("a decimal size is exact or refused, never rounded", () => {
  fc.assert(
    fc.property(fc.nat({ max: 9999 }), fc.nat({ max: 999 }), (whole, thousandths) => {
      const text = `${whole}.${String(thousandths).padStart(3, "0")}KiB`;
      const exact = (BigInt(whole) * 1000n + BigInt(thousandths)) * 1024n;
      expect(parseSize(text)).toBe(exact % 1000n === 0n ? Number(exact / 1000n) : undefined);
    }),
  );
});

test("no text makes the readers throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const size = parseSize(text);
      expect(size === undefined || Number.isSafeInteger(size)).toBe(true);
      const duration = parseDuration(text);
      expect(duration === undefined || Number.isSafeInteger(duration)).toBe(true);
    }),
  );
});
