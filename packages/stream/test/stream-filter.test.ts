import { eventLineFrom, type EventLine } from "@plumbline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DiskLine } from "../src/disk-line.ts";
import { createStreamFilter, type StreamFilterOptions } from "../src/index.ts";

const E = "0000000000001";

/** The same line as it comes from disk, and as one that is read whole. */
function bothOf(fields: Record<string, unknown>): [EventLine, EventLine] {
  const text = JSON.stringify({ id: `${E}:1`, time: "2026-11-20T21:57:03.123456Z", severity: "INFO", ...fields });
  const bytes = Buffer.from(`xx${text}yy`);
  return [new DiskLine(bytes, 2, bytes.length - 2, E, 1), eventLineFrom(text)];
}

function takes(filter: StreamFilterOptions, fields: Record<string, unknown>): boolean {
  const test = createStreamFilter(filter);
  const [first, second] = bothOf(fields).map((line) => test?.(line) ?? true);
  expect(first).toBe(second);
  return first ?? true;
}

test("names, severities, signals and attributes must all fit", () => {
  expect(takes({ wantedNames: ["a.*", "b"] }, { name: "a.x" })).toBe(true);
  expect(takes({ wantedNames: ["a.*", "b"] }, { name: "b" })).toBe(true);
  expect(takes({ wantedNames: ["a.*", "b"] }, { name: "ab" })).toBe(false);
  expect(takes({ wantedNames: ["*"] }, {})).toBe(false);
  expect(takes({ minSeverity: 13 }, { severity: "WARN" })).toBe(true);
  expect(takes({ minSeverity: 13 }, { severity: "INFO4" })).toBe(false);
  expect(takes({ minSeverity: 13 }, { severity: "INFO", name: "a", severity_number: 17 })).toBe(true);
  expect(takes({ signals: ["traces"] }, { name: "a", signal: "traces" })).toBe(true);
  expect(takes({ signals: ["logs"] }, { name: "a", signal: "traces" })).toBe(false);
  expect(takes({ wantedAttributes: { a: 1 } }, { attributes: { a: 1 } })).toBe(true);
  expect(takes({ wantedAttributes: { a: [2, "1"] } }, { attributes: { a: 1 } })).toBe(false);
  expect(takes({ wantedAttributes: { a: 1 } }, { attributes: { a: { $double: "1" } } })).toBe(true);
  expect(takes({ wantedAttributes: { a: 2 ** 60 } }, { attributes: { a: { $int: String(2n ** 60n) } } })).toBe(true);
  expect(takes({ wantedAttributes: { a: true, b: "x" } }, { attributes: { a: true } })).toBe(false);
  expect(takes({ wantedAttributes: { toString: "x" } }, { attributes: {} })).toBe(false);
});

test("a name that is not plain ASCII, has an escape or is very long is still found", () => {
  for (const name of ["größe.x", "größe", 'quo"te', "back\\slash", `long.${"x".repeat(400)}`]) {
    expect(takes({ wantedNames: [name] }, { name })).toBe(true);
    expect(takes({ wantedNames: ["other"] }, { name })).toBe(false);
  }
});

test("what the first bytes of a line say never differs from what the line says", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("a.b", '","name":"a.b', 'Z","severity":"ERROR","name":"a.b"'),
  );
  fc.assert(
    fc.property(
      fc.record({ name: text, body: text, severity: fc.constantFrom("DEBUG", "INFO", "ERROR") }),
      (fields) => {
        for (const filter of [
          { wantedNames: ["a.*"] },
          { minSeverity: 17 },
          { wantedNames: ["a.b"], minSeverity: 9 },
        ] as const) {
          takes(filter, fields);
          takes(filter, { ...fields, name: undefined });
          takes(filter, { observed: fields.body, ...fields });
        }
      },
    ),
  );
});

test("a line that is none passes: it must not be gone unseen", () => {
  const bytes = Buffer.from(`{"id":"${E}:1",nonsense}`);
  const line = new DiskLine(bytes, 0, bytes.length, E, 1);
  expect(createStreamFilter({ minSeverity: 17 })?.(line)).toBe(true);
});

test("a filter that cannot be is refused, and one that takes everything is none", () => {
  const wrong: unknown[] = [
    { wantedNames: [] },
    { wantedNames: ["a*b"] },
    { minSeverity: 0 },
    { minSeverity: 25 },
    { signals: [] },
    { signals: ["other"] },
    { wantedAttributes: { a: [] } },
    { wantedAttributes: { "": 1 } },
    { wantedAttributes: { a: { b: 1 } } },
  ];
  for (const filter of wrong) {
    expect(() => createStreamFilter(filter as StreamFilterOptions), JSON.stringify(filter)).toThrow(
      expect.objectContaining({ code: "PLB_STREAM_OPTION_INVALID" }),
    );
  }
  expect(createStreamFilter({})).toBeUndefined();
  expect(createStreamFilter({ minSeverity: 1 })).toBeUndefined();
});
