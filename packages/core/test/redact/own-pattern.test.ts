import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../src/errors.ts";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { Labels } from "../../src/redact/label.ts";
import { ownPatternDetector } from "../../src/redact/detectors/own-pattern.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";

function redactorOf(pattern: string): ReturnType<typeof createRedactor> {
  return createRedactor({ patterns: [{ id: "own", pattern }] });
}

describe("a pattern of one's own", () => {
  test.each([
    ["ACME-[A-Z0-9]{4,8}", "a ACME-12AB b ACME-1 c ACME-123456789 d", "a [redacted:own] b ACME-1 c ACME-123456789 d"],
    ["acme_\\d{3}", "acme_123,acme_12 xacme_123 acme_1234", "[redacted:own],acme_12 xacme_123 acme_1234"],
    ["[A-Z]{2}-emp-\\d{2}", "DE-emp-12 D-emp-12 DEF-emp-12", "[redacted:own] D-emp-12 DEF-emp-12"],
    ["\\w{4}::tag", "abcd::tag abc::tag", "[redacted:own] abc::tag"],
    ["a\\.b\\[c\\]", "a.b[c] axb[c]", "[redacted:own] axb[c]"],
    ["key-[a-f]{2}-?\\d{2}", "key-ab12 key-ab-12 key-ab--12", "[redacted:own] [redacted:own] key-ab--12"],
    ["[-+.]abc", "+abc -abc .abc abc", "[redacted:own] [redacted:own] [redacted:own] abc"],
  ])("%s", (pattern, text, redacted) => {
    expect(redactorOf(pattern).text(text)).toBe(redacted);
  });

  test("is counted, has actions and allowed values like any other", () => {
    const redactor = createRedactor({
      patterns: [{ id: "acme", pattern: "ACME-\\d{8}" }],
      actions: { acme: "mask" },
      allowValues: ["ACME-00000000"],
    });
    expect(redactor.text("ACME-12345678 ACME-00000000")).toBe("[masked:acme:5678] ACME-00000000");
    expect(redactor.counts()).toEqual({ acme: 1 });
  });

  test("finds what the regular expression finds that it is a part of", () => {
    const pattern = "AC-[a-c]{1,3}[0-9]{2,4}-?z";
    const redactor = redactorOf(pattern);
    const piece = fc.constantFrom("AC-", "a", "b", "1", "22", "-", "z", " ", "_", "AC");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const text = pieces.join("");
        const expected = Array.from(text.matchAll(new RegExp(`(?<!\\w)${pattern}(?!\\w)`, "g")), (match) => [
          match.index,
          match.index + match[0].length,
        ]);
        expect(redactor.find(text).map(({ start, end }) => [start, end])).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("costs no more than its longest match at each anchor", () => {
    const scanner = new TextScanner(
      [ownPatternDetector({ id: "own", pattern: "abc[a-c]{0,500}-" })],
      new Labels([], undefined),
    );
    const steps = [20_000, 40_000].map((length) => {
      scanner.find("abc".repeat(length / 3));
      return scanner.steps;
    });
    expect(steps[1]).toBeLessThanOrEqual(2.1 * (steps[0] ?? 0));
  });
});

describe("a pattern that could be slow, or never be asked, is refused", () => {
  test.each([
    ["abc.*", 4],
    ["abc(a+)+", 4],
    ["abc[a-z]+", 9],
    ["abc[a-z]*", 9],
    ["abc|def", 4],
    ["^abc", 1],
    ["abc$", 4],
    ["abc\\1", 4],
    ["abc\\b", 4],
    ["abc[^a]{1,3}", 5],
    ["abc[a-z]{2,}", 9],
    ["abc[a-z]{3,2}", 9],
    ["abc{x}", 4],
    ["abc[a-z]{1,600}", 16],
    ["abc[a-z]{1,3}[x-z]", 14],
    ["abc[a-z]{1,3}-?z", 16],
    ["abc[z-a]", 6],
    ["abc[]", 4],
    ["abc[a", 4],
    ["ab", 1],
    ["123", 1],
    ["[a-z]{1,9}-abc", 1],
    ["\u00e4bc", 1],
    ["", 1],
    ["a".repeat(257), 257],
  ])("%s, at character %i", (pattern, character) => {
    let caught: unknown;
    try {
      redactorOf(pattern);
    } catch (error) {
      caught = error;
    }
    expect(PlumblineError.isInstance(caught)).toBe(true);
    expect(caught).toMatchObject({
      code: "PLB_REDACT_OPTIONS_INVALID",
      details: {
        issues: [
          {
            path: ["patterns", 0, "pattern"],
            message: expect.stringMatching(new RegExp(`\\(character ${character}\\)$`)),
          },
        ],
      },
    });
  });

  test.each(["jwt", "key", "default", "Own", ""])("and so is the id %j", (id) => {
    expect(() => createRedactor({ patterns: [{ id, pattern: "abc" }] })).toThrow(
      expect.objectContaining({ code: "PLB_REDACT_OPTIONS_INVALID" }),
    );
  });
});
