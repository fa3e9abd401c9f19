import { expect, test } from "vitest";
import { SEVERITY_NAMES, severityName, toSeverityNumber } from "../src/severity.ts";

test("all 24 severities go from number to name and back, in either case", () => {
  expect(SEVERITY_NAMES).toHaveLength(24);
  SEVERITY_NAMES.forEach((name, index) => {
    const number = toSeverityNumber(name);
    expect(number).toBe(index + 1);
    expect(toSeverityNumber(name.toLowerCase())).toBe(index + 1);
    expect(toSeverityNumber(index + 1)).toBe(index + 1);
    if (number !== undefined) expect(severityName(number)).toBe(name);
  });
});

test("the first of each range carries the plain name", () => {
  expect(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].map(toSeverityNumber)).toEqual([1, 5, 9, 13, 17, 21]);
});

test.each([0, 25, 1.5, Number.NaN, "", "loud", "INFO5", "__proto__", undefined, null, {}, true])(
  "%j is no severity",
  (value) => {
    expect(toSeverityNumber(value)).toBeUndefined();
  },
);
