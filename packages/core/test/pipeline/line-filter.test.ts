import { expect, test } from "vitest";
import { createLineFilter, isNamePattern } from "../../src/pipeline/line-filter.ts";
import { lineOf } from "../fake-parts.ts";

const takes = (names: readonly string[] | undefined, name: string): boolean =>
  createLineFilter({ minSeverity: 1, names, signals: ["logs"] })(lineOf(name));

test.each([
  [["a.b"], "a.b", true],
  [["a.b"], "a.b.c", false],
  [["a.*"], "a.b", true],
  [["a.*"], "a.b.c", true],
  [["a.*"], "a", false],
  [["a.*"], "ab", false],
  [["a.*", "b"], "b", true],
  [["*"], "anything", true],
  [[], "a", false],
  [undefined, "a", true],
])("names %j take %s: %s", (names, name, expected) => {
  expect(takes(names, name)).toBe(expected);
});

test("a star stands alone or ends a namespace", () => {
  expect(["*", "a", "a.*", "a.b.*"].filter((pattern) => !isNamePattern(pattern))).toEqual([]);
  expect(["", "a*", "*.a", "a.*.b", "**", "a.**"].filter(isNamePattern)).toEqual([]);
});
