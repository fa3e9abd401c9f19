import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FILE_BOUNDS, locate, toPlainValue } from "../../src/config/located-value.ts";
import { LineIndex } from "../../src/config/position.ts";
import { parseConfigText } from "../../src/config/read-file.ts";

function read(text: string, format: "yaml" | "json") {
  const { value, faults } = parseConfigText(text, format);
  const lines = new LineIndex(text);
  return {
    value: value === undefined ? undefined : toPlainValue(value),
    faults: faults.map(({ kind, offset }) => {
      const { line, column } = lines.at(offset);
      return `${kind} ${line}:${column}`;
    }),
  };
}

/** Null prototypes away, so that values compare. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

describe("JSON", () => {
  test("reads what JSON.parse reads, as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat({ max: 4 }), (text, indent) => {
        fc.pre(!text.includes("__proto__"));
        const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(plain(read(spaced, "json").value)).toEqual(JSON.parse(spaced));
      }),
    );
  });

  test("refuses exactly what JSON.parse refuses, with one fault", () => {
    const token = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"a"',
      '"',
      "1",
      "-",
      "01",
      "1.",
      "1e",
      "true",
      "nul",
      " ",
      "\n",
      '"\\x"',
      '"\t"',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const text = tokens.join("");
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(read(text, "json").faults).toHaveLength(1);
          return;
        }
        expect(plain(read(text, "json").value)).toEqual(parsed);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['{\n  "a": 1,\n}', "syntax 3:1"],
    ['{"a" 1}', "syntax 1:6"],
    ['{"a": }', "syntax 1:7"],
    ["{'a': 1}", "syntax 1:2"],
    ['{"a": "x', "syntax 1:7"],
    ['{"a": 1} x', "syntax 1:10"],
    ["", "syntax 1:1"],
    ["// x\n{}", "syntax 1:1"],
    ['{"a": 1, "b": 2,\n "a": 3}', "duplicate-key 2:2"],
    ['{"__proto__": {}}', "syntax 1:2"],
    ["[".repeat(100_000), "bounds 1:66"],
  ])("%j", (text, fault) => {
    expect(read(text, "json").faults).toEqual([fault]);
  });

  test("a long string, and one with many escapes, is read", () => {
    const value = { a: "x".repeat(500_000), b: '"\\\n'.repeat(50_000) };
    expect(read(JSON.stringify(value), "json").value).toEqual(value);
  });
});

describe("YAML", () => {
  test.each([
    ["a: [1, 2\nb: 3\nc: ]\n", "syntax 2:1"],
    ["a: b: c\nd: e: f\n", "syntax 1:4"],
    ["a: 'x\n", "syntax 2:1"],
    ['a: "\\q"\n', "syntax 1:5"],
    ["a:\n\t- b\n", "syntax 2:1"],
    ["a: 1\n---\nb: 2\n", "syntax 3:1"],
    ["a: *nowhere\n", "syntax 1:4"],
    ["a: {b: ${X}}\n", "syntax 1:8"],
    ["%YAML 1.1\n---\na: yes\n", "syntax 1:1"],
    ["? [1, 2]\n: 3\n", "syntax 1:3"],
    ["__proto__: 1\n", "syntax 1:1"],
  ])("%j has one syntax fault", (text, fault) => {
    expect(read(text, "yaml").faults).toEqual([fault]);
  });

  test("every duplicate key is told", () => {
    expect(read("a: 1\na: 2\nb:\n  c: 1\n  d: 1\n  c: 2\n1: x\n'1': y\n", "yaml").faults).toEqual([
      "duplicate-key 2:1",
      "duplicate-key 6:3",
      "duplicate-key 8:1",
    ]);
  });

  test("every tag is told, and none is applied", () => {
    expect(read("a: !x 1\nb: !!str 2\nc: !<tag:x> [1]\nd: !!binary aGk=\n!k e: 1\n", "yaml").faults).toEqual([
      "tag 1:4",
      "tag 2:4",
      "tag 3:4",
      "tag 4:4",
      "tag 5:1",
    ]);
  });

  test("anchors and aliases are followed, to the last anchor of the name before them", () => {
    const { value, faults } = read("a: &x [1]\nb: *x\nc: &x {d: 2}\ne: *x\n", "yaml");
    expect(faults).toEqual([]);
    expect(plain(value)).toEqual({ a: [1], b: [1], c: { d: 2 }, e: { d: 2 } });
  });

  test("an alias to what it stands in is refused", () => {
    expect(read("a: &x {b: *x}\n", "yaml").faults).toEqual(["bounds 1:11"]);
  });

  test("an alias bomb is refused once, and costs no more than its bound", () => {
    const names = "abcdefghij".split("");
    const lines = names.map((name, index) => {
      const items = Array.from({ length: 10 }, () => (index === 0 ? "x" : `*${names[index - 1]}`));
      return `${name}: &${name} [${items.join(", ")}]`;
    });
    expect(read(lines.join("\n"), "yaml").faults).toHaveLength(1);
    expect(read(lines.join("\n"), "yaml").faults[0]).toMatch(/^bounds /);
  });

  test.each([
    ["flow lists", "[".repeat(5000) + "]".repeat(5000)],
    ["unclosed flow lists", "[".repeat(100_000)],
    ["flow maps", "{a: ".repeat(20_000)],
    ["block lists", `${"- ".repeat(20_000)}x`],
    ["explicit keys", `${"? ".repeat(20_000)}x`],
    ["block maps", Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("deep %s are refused before they are composed, which would end the process", (_, text) => {
    expect(read(text, "yaml").faults.map((fault) => fault.split(" ")[0])).toEqual(["bounds"]);
  });

  test("the deepest nesting that is allowed is read", () => {
    const depth = FILE_BOUNDS.maxDepth - 1;
    expect(read("[".repeat(depth) + "]".repeat(depth), "yaml").faults).toEqual([]);
  });

  test("an empty file, comments alone, and an empty document are an empty map", () => {
    for (const text of ["", "\n", "# only\n", "---\n", "---\n...\n", "null\n"]) {
      expect(read(text, "yaml")).toEqual({ value: {}, faults: [] });
    }
  });

  test("a key keeps the text it was written with", () => {
    expect(plain(read("1.10: a\nnull: b\ntrue: c\n", "yaml").value)).toEqual({ "1.10": "a", null: "b", true: "c" });
  });

  test("reads JSON as JSON is", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        fc.pre(!text.includes("__proto__") && JSON.parse(text) !== null);
        expect(plain(read(text, "yaml").value)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("no text makes it throw, and what has no value has a fault", () => {
    const word = fc.constantFrom(
      "a",
      ": ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&x ",
      "*x",
      "!t ",
      "'",
      '"',
      "|",
      ">",
      "#",
      "? ",
      "\t",
      "---\n",
      "${X}",
      "%",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const { value, faults } = parseConfigText(words.join(""), "yaml");
        expect(value !== undefined || faults.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("places", () => {
  const text = "# first\nservice:\n  name: shop\r\nsinks:\n  out: { use: stdout, names: [a, b] }\n";
  const { value } = parseConfigText(text, "yaml");
  const lines = new LineIndex(text);
  const at = (path: (string | number)[], atKey = false): string => {
    if (value === undefined) throw new Error("the test's YAML is bad");
    const place = locate(value, path, atKey);
    const { line, column } = lines.at(place.offset);
    return `${line}:${column}${place.exact ? "" : " or above"}`;
  };

  test.each([
    [["service", "name"], "3:9"],
    [["sinks", "out", "use"], "5:15"],
    [["sinks", "out", "names", 1], "5:34"],
    [["sinks", "out", "minSeverity"], "5:3 or above"],
    [["nowhere", "at", "all"], "2:1 or above"],
    [[], "2:1"],
  ])("the value at %j", (path, place) => {
    expect(at(path)).toBe(place);
  });

  test("the key", () => {
    expect(at(["service", "name"], true)).toBe("3:3");
  });

  test("every offset has the line and column that counting gives", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "\n", "\r\n", "é", "𝄞"), { maxLength: 40 }),
        fc.nat({ max: 90 }),
        (parts, offset) => {
          const sample = parts.join("");
          const upTo = sample.slice(0, offset);
          const line = upTo.split("\n").length;
          const column = upTo.length - (upTo.lastIndexOf("\n") + 1) + 1;
          expect(new LineIndex(sample).at(offset)).toEqual({ line, column });
        },
      ),
    );
  });
});
