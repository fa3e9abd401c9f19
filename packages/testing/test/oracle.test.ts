import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLines, compareLines, createTestLines } from "../src/index.ts";

describe("compareLines", () => {
  const all = ["a", "b", "c", "d"];
  test.each<[string, string[], Partial<ReturnType<typeof compareLines>>]>([
    ["nothing", all, {}],
    ["a lost line", ["a", "c", "d"], { lost: ["b"] }],
    ["a repeated line", ["a", "b", "b", "c", "d"], { repeated: ["b"] }],
    ["a line that nobody sent", ["a", "x", "b", "c", "d"], { foreign: ["x"] }],
    ["two lines that were swapped", ["a", "c", "b", "d"], { reordered: ["b"] }],
    ["a changed line", ["a", "b", "C", "d"], { lost: ["c"], foreign: ["C"] }],
  ])("finds %s", (_what, actual, found) => {
    expect(compareLines(all, actual)).toEqual({
      lost: [],
      repeated: [],
      foreign: [],
      reordered: [],
      ok: Object.keys(found).length === 0,
      ...found,
    });
  });

  test("equal lines are told apart by how often they come", () => {
    expect(compareLines(["a", "a", "b", "a"], ["a", "a", "b", "a"]).ok).toBe(true);
    expect(compareLines(["a", "a"], ["a"])).toMatchObject({ lost: ["a"], repeated: [] });
    expect(compareLines(["a", "a"], ["a", "a", "a"])).toMatchObject({ lost: [], repeated: ["a"] });
  });

  test("what comes is what was sent, less the lost, with the repeated and the foreign", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (expected, actual) => {
        const { lost, repeated, foreign, ok } = compareLines(expected, actual);
        expect([...expected, ...repeated, ...foreign].toSorted()).toEqual([...actual, ...lost].toSorted());
        expect(ok).toBe(expected.join("") === actual.join(""));
      }),
    );
  });
});

test("checkLines finds in a text what verify finds in a file", () => {
  const lines = createTestLines(5, { epoch: "0k3f9c2a00000" }).map((line) => `${line.line}\n`);
  expect(checkLines(lines.join(""), { isComplete: true })).toMatchObject({ ok: true, events: 5 });
  expect(checkLines(Buffer.from(lines.toSpliced(2, 1).join("")))).toMatchObject({ ok: false, missing: 1 });
  expect(checkLines(lines.join("").slice(0, -1)).counts).toEqual({ torn: 1 });
});
