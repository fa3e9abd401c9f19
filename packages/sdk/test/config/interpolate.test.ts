import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expand, interpolate } from "../../src/config/interpolate.ts";
import { toPlainValue } from "../../src/config/located-value.ts";
import { parseConfigText } from "../../src/config/read-file.ts";

function run(text: string, env: Record<string, string | undefined> = {}) {
  const { value } = parseConfigText(text, "yaml");
  if (value === undefined) throw new Error("the test's YAML is bad");
  return interpolate(value, env, text);
}

describe("one text", () => {
  test.each([
    ["${A}", { A: "x" }, "x"],
    ["a${A}b${B}c", { A: "1", B: "2" }, "a1b2c"],
    ["${A:-d}", {}, "d"],
    ["${A:-d}", { A: "" }, "d"],
    ["${A:-d}", { A: "x" }, "x"],
    ["${A:-}", {}, ""],
    ["${A:-:-x}", {}, ":-x"],
    ["${A}", { A: "" }, ""],
    ["$${A}", { A: "x" }, "${A}"],
    ["$A", { A: "x" }, "$A"],
    ["100$", {}, "100$"],
    ["${A}", { A: "${B}", B: "no" }, "${B}"],
  ])("%s", (text, env, expected) => {
    const result = expand(text, env);
    expect(result.faults).toEqual([]);
    expect(result.text).toBe(expected);
  });

  test.each([
    "${A",
    "${}",
    "${1A}",
    "${A B}",
    "${A:?x}",
    "${A-x}",
    "${ A }",
    "${A:-${B}",
    "${A:-${B}}",
    "${A:-x$${B}}",
    "${",
  ])("%s is refused", (text) => {
    expect(expand(text, { A: "x" }).faults).toHaveLength(1);
    expect(expand(text, {}).faults).toHaveLength(1);
  });

  test("names of Object's own properties are not variables", () => {
    expect(expand("${constructor}", {}).faults).toHaveLength(1);
    expect(expand("${toString:-d}", {}).text).toBe("d");
  });
});

test("an unset variable is told with its place, and all of them at once", () => {
  const { faults } = run("service:\n  name: a-${ONE}\n  version: ${TWO}\n");
  expect(faults.map(({ path, offset }) => ({ path, offset }))).toEqual([
    { path: ["service", "name"], offset: 19 },
    { path: ["service", "version"], offset: 37 },
  ]);
  expect(faults[0]?.message).toContain("ONE");
});

test("an escape alone makes no variable of a text", () => {
  expect(run("a: $${X}").paths).toEqual([]);
  expect(run("a: x${X}", { X: "1" }).paths).toEqual([["a"]]);
});

test("keys are left alone", () => {
  expect(toPlainValue(run("${X}: 1", { X: "y" }).value)).toEqual({ "${X}": 1 });
});

test("no value of a variable changes anything but its own scalar", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("a: ${X}", "a: '${X}'", 'a: "${X}"', "a: |-\n  ${X}"), (value, yaml) => {
      const result = run(`before: 1\n${yaml}\nafter: [x]\n`, { X: value });
      expect(result.faults).toEqual([]);
      expect(toPlainValue(result.value)).toEqual({ before: 1, a: value, after: ["x"] });
    }),
  );
});

test("text without variables is the same text, and any text is read without a throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const result = expand(text, {});
      if (!text.includes("${")) expect(result.text).toBe(text);
    }),
  );
});

test("a text with every dollar-brace escaped comes back as it was", () => {
  const words = fc.constantFrom("$", "{", "}", "a", "${x}", "${", "-");
  fc.assert(
    fc.property(fc.array(words), (parts) => {
      const text = parts.join("");
      // A dollar before the placeholder is the one thing that an escape cannot tell apart.
      fc.pre(!text.includes("$${"));
      const result = expand(
        text.replaceAll("${", () => "$${"),
        {},
      );
      expect(result.text).toBe(text);
    }),
  );
});
