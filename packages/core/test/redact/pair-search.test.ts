import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { Detector } from "../../src/plugin/detector.ts";
import { WINDOW } from "../../src/redact/anchor-table.ts";
import { createPairSearch } from "../../src/redact/compiled-search.ts";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createPairMasks, markFirst, markSecond, PAIRS } from "../../src/redact/pair-masks.ts";
import {
  BEHIND,
  createInterpreted,
  FIRST_PAIR,
  HAS_ESCAPED,
  type PairSearch,
  type SearchSize,
} from "../../src/redact/pair-search.ts";

const LENGTH = 400;
const SIZE: SearchSize = { bytes: FIRST_PAIR + LENGTH + BEHIND, pairs: LENGTH };

afterEach(() => {
  vi.unstubAllGlobals();
});

interface Found {
  readonly hits: readonly number[];
  readonly hasEscaped: boolean;
}

function find(search: PairSearch, codes: readonly number[]): Found {
  search.bytes.fill(127);
  search.bytes.set(codes, FIRST_PAIR);
  const seen = search.find((codes.length + 1) >> 1);
  return {
    hits: Array.from(search.hits.subarray(0, 2 * (seen & ~HAS_ESCAPED))),
    hasEscaped: (seen & HAS_ESCAPED) !== 0,
  };
}

const masks = createPairMasks("long");
/** Each bit for some pairs, the highest of those that are in use among them. */
for (let bit = 0; bit < 28; bit++) {
  markFirst(masks, (bit * 977) % PAIRS, 1 << bit);
  markSecond(masks, (bit * 1999 + 5) % PAIRS, 1 << bit);
}

const marked = Array.from({ length: 28 }, (_, bit) => [(bit * 977) % PAIRS, (bit * 1999 + 5) % PAIRS] as const);
const codes = fc
  .array(
    fc.oneof(
      fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 7 }),
      fc.constantFrom(...marked).map((pairs) => pairs.flatMap((pair) => [pair & 127, (pair >> 8) & 127])),
      fc
        .constantFrom("the ", "AB123", "12345", "\n", '"', "\\")
        .map((text) => Array.from(text, (c) => c.charCodeAt(0))),
    ),
    { maxLength: 50, size: "+1" },
  )
  .map((pieces) => pieces.flat());

test("what is compiled finds what the loop in JavaScript finds", () => {
  const compiled = createPairSearch(masks, SIZE);
  const interpreted = createInterpreted(masks, SIZE);
  expect(compiled.bytes.buffer.byteLength % 65_536, "it is WebAssembly's memory").toBe(0);
  let found = 0;
  fc.assert(
    fc.property(codes, (given) => {
      const wanted = find(interpreted, given);
      expect(find(compiled, given)).toEqual(wanted);
      found += wanted.hits.length;
    }),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(1000);
});

test("nothing is found in no text, and what stands at a text's very end is found", () => {
  const compiled = createPairSearch(masks, SIZE);
  expect(find(compiled, [])).toEqual({ hits: [], hasEscaped: false });
  for (let length = 1; length < 40; length++) {
    const text = `${"-".repeat(length)}12345`;
    const all = Array.from(text, (character) => character.charCodeAt(0));
    expect(find(compiled, all).hits, text).not.toEqual([]);
    expect(find(compiled, [...all, 0x22]).hasEscaped, text).toBe(true);
  }
});

test.each([
  ["the engine has none", undefined],
  ["there is no room for its memory", { Memory: refuse }],
])("secrets are found without WebAssembly: %s", (_, none) => {
  vi.stubGlobal("WebAssembly", none);
  // Another set of names than any test has used, so that its table is made now.
  const redactor = createRedactor({ keys: [`without-${none === undefined}`] });
  const secret = ["hunter", "2x9"].join("");
  const text = `${"nothing here, ".repeat(4000)}password=${secret} and no more`;
  expect(redactor.text(text)).toBe(text.replace(secret, "[redacted:key-value]"));
  expect(createPairSearch(masks, SIZE).bytes.buffer.byteLength).toBe(SIZE.bytes);
});

test("who shares the search does not see what others put there: a detector may redact with another redactor of the same rules", () => {
  const badge = (meanwhile: () => void): Detector => ({
    id: "badge",
    description: "",
    anchors: ["badge-"],
    match: (_, at) => {
      meanwhile();
      return { start: at, end: at + "badge-1234".length };
    },
  });
  const other = createRedactor({ extraDetectors: [badge(() => undefined)] });
  const noise = `badge-9999 ${"4".repeat(3)} password=hunter2x9 `.repeat(900);
  const disturbed = createRedactor({ extraDetectors: [badge(() => other.text(noise))] });
  const card = ["4111", "1111", "1111", "1111"].join("");
  // A number across the border of two windows is known by what stands before the border.
  for (let before = 1; before < card.length; before++) {
    const text =
      `badge-1234 ${"a ".repeat(WINDOW)}`.slice(0, WINDOW - before - 1) + ` ${card} badge-5678 password=hunter2x9`;
    const found = disturbed.find(text);
    expect(found, `${before} before the border`).toEqual(other.find(text));
    expect(found).toContainEqual({
      detector: "payment-card",
      start: WINDOW - before,
      end: WINDOW - before + card.length,
    });
  }
});

function refuse(): never {
  throw new RangeError("no memory");
}
