import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { substitute, type VariableSyntax } from "../../src/reload/substitute.ts";

const ENV: Readonly<Record<string, string>> = { A: "one", EMPTY: "", LOOP: "$(A)", PRICE: "$1 & $&", UMLAUT: "ü" };

function put(text: string, syntax: VariableSyntax = "both"): string {
  return substitute(Buffer.from(text), syntax, (name) => ENV[name]).content.toString();
}

describe("names", () => {
  test.each([
    ["$(A) ${A}", "one one"],
    ["[$(EMPTY)]", "[]"],
    ["$(LOOP)", "$(A)"],
    ["$(PRICE)", "$1 & $&"],
    ["ö$(UMLAUT)ö", "öüö"],
    ["$A $ (A) $() ${1} ${A-B} $(A", "$A $ (A) $() ${1} ${A-B} $(A"],
    ["$(MISSING)${A}", "$(MISSING)one"],
  ])("%s becomes %s", (text, expected) => {
    expect(put(text)).toBe(expected);
  });

  test("of one syntax leave the other alone", () => {
    expect(put("$(A) ${A} $${A}", "round")).toBe("one ${A} $${A}");
    expect(put("$(A) ${A} $$(A)", "curly")).toBe("$(A) one $$(A)");
  });
});

test.each([
  ["$$(A)", "$(A)"],
  ["$${A}", "${A}"],
  ["$$$(A)", "$one"],
  ["$$$$(A)", "$$(A)"],
  ["$$(MISSING)", "$(MISSING)"],
])("dollars are doubled: %s is %s", (text, expected) => {
  expect(put(text)).toBe(expected);
});

test("names that are not set are told once each, in their order, and those put in with their values", () => {
  const made = substitute(Buffer.from("$(Z) $(A) $(Y) $(Z) $$(X)"), "both", (name) => ENV[name]);
  expect(made.unset).toEqual(["Z", "Y"]);
  expect([...made.used]).toEqual([["A", "one"]]);
});

test("bytes without a name come out as they are, and any text can be written by doubling its dollars", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const plain = Buffer.from(bytes.filter((byte) => byte !== 0x24));
      expect(substitute(plain, "both", () => "x").content.equals(plain)).toBe(true);
    }),
  );
  const piece = fc.constantFrom("$", "$(A)", "${A}", "(", ")", "{", "A", "}", "ü", " ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      const escaped = text.replaceAll(/\$+(?=\([A-Z]\)|\{[A-Z]\})/g, (dollars) => dollars.repeat(2));
      expect(put(escaped)).toBe(text);
    }),
  );
});
