import { parseLine } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { matches, parseAttributeOption, parseSeverityOption } from "../../src/view/event-filter.ts";

const event = parseLine(
  JSON.stringify({
    time: "2026-11-20T21:57:03.123456Z",
    severity: "WARN",
    name: "payment.declined",
    attributes: { "order.id": 42, user: { plan: "pro", "a.b": true }, ratio: { $double: "1" }, nothing: null },
  }),
);
const open = { minSeverity: undefined, names: [], attributes: [] };

describe("the filter", () => {
  test.each([
    ["warn", true],
    ["INFO", true],
    ["13", true],
    ["error", false],
  ])("by severity %s", (severity, expected) => {
    expect(matches({ ...open, minSeverity: parseSeverityOption(severity) }, event)).toBe(expected);
  });

  test.each([
    [["payment.declined"], true],
    [["payment.*"], true],
    [["*"], true],
    [["order.*", "payment.*"], true],
    [["payment"], false],
    [["pay"], false],
  ])("by name %j", (names, expected) => {
    expect(matches({ ...open, names }, event)).toBe(expected);
  });

  test("by name leaves out what has none", () => {
    const nameless = parseLine('{"time":"2026-11-20T21:57:03.123456Z","severity":"INFO","body":"x"}');
    expect(matches({ ...open, names: ["*"] }, nameless)).toBe(false);
  });

  test.each([
    ["order.id=42", true],
    ["order.id", true],
    ["user.plan=pro", true],
    ["user.a.b=true", true],
    ["ratio=1", true],
    ["nothing=null", true],
    ["order.id=4", false],
    ["user=pro", false],
    ["user", true],
    ["absent", false],
    ["constructor", false],
    ["user.plan.deeper=x", false],
  ])("by attribute %s", (text, expected) => {
    expect(matches({ ...open, attributes: parseAttributeOption(text, []) }, event)).toBe(expected);
  });

  test.each(["banana", "0", "25", ""])("refuses the severity %j", (text) => {
    expect(() => parseSeverityOption(text)).toThrow("from 1 to 24");
  });

  test("takes = in a value and refuses an empty key", () => {
    expect(parseAttributeOption("q=a=b", [])).toEqual([{ key: "q", value: "a=b" }]);
    expect(() => parseAttributeOption("=x", [])).toThrow("key=value");
  });
});
