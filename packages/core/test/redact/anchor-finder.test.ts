import fc from "fast-check";
import { expect, test } from "vitest";
import { AnchorFinder, NUMBER_HIT } from "../../src/redact/anchor-finder.ts";
import { type AnchorText, createAnchorTable, WINDOW } from "../../src/redact/anchor-table.ts";
import { PLAIN_DETECTORS } from "../../src/redact/default-detectors.ts";
import { nameAnchors } from "../../src/redact/text-anchors.ts";
import { isVeiling, VEIL_ANCHORS } from "../../src/redact/unveil.ts";

/** Every anchor that is built in, some that are short or odd, and one that is not ASCII. */
const ANCHORS: readonly AnchorText[] = [
  ...[...nameAnchors([]), ...VEIL_ANCHORS, "q", "zz", "::", "9", "00", "na\u00efve", "PassWord"].map((text) => ({
    text,
    isExact: false,
  })),
  ...PLAIN_DETECTORS.flatMap(({ anchors, hasExactAnchors }) =>
    anchors.map((text) => ({ text, isExact: hasExactAnchors === true })),
  ),
  ...["X", "Ab", "Ab1", "aB\u00e9"].map((text) => ({ text, isExact: true })),
];

interface Found {
  readonly hits: readonly (readonly [start: number, order: number])[];
  readonly hasEscaped: boolean;
}

/** What the finder is to find, told the slow way: every anchor is compared at every place. */
function reference(text: string, numbers: "any" | "long"): Found {
  const hits: [number, number][] = [];
  // As many units as the text has: the finder takes what is not ASCII for itself too.
  const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (const [order, { text: anchor, isExact }] of ANCHORS.entries()) {
    const wanted = isExact ? anchor : anchor.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    const given = isExact ? text : lower;
    for (let at = given.indexOf(wanted); at >= 0; at = given.indexOf(wanted, at + 1)) hits.push([at, order]);
  }
  for (const match of text.matchAll(/[0-9]+/g)) {
    const digits = match[0];
    const isTelling =
      digits.length >= 13 ||
      (digits.length >= 2 && /[A-Z]{2}$/.test(text.slice(0, match.index))) ||
      (digits.length >= 4 && /^[ -][0-9]{4}/.test(text.slice(match.index + digits.length)));
    if (numbers === "any" || isTelling) hits.push([match.index, NUMBER_HIT]);
  }
  return {
    hits: hits.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    // oxlint-disable-next-line no-control-regex -- these are what JSON escapes
    hasEscaped: /["\\\u0000-\u001f\ud800-\udfff]/.test(text),
  };
}

function find(finder: AnchorFinder, text: string): Found {
  finder.begin();
  for (let base = 0; base === 0 || base < text.length; base += WINDOW) finder.look(text, base, text.length);
  const hits = finder.starts
    .slice(0, finder.count)
    .map((start, i): readonly [number, number] => [start, finder.orders[i] ?? Number.NaN]);
  return { hits, hasEscaped: finder.hasEscaped };
}

const pieces = fc.oneof(
  fc.constantFrom(...ANCHORS.map(({ text }) => text)),
  fc.constantFrom(...ANCHORS.map(({ text }) => text.slice(0, -1)), ...ANCHORS.map(({ text }) => text.slice(1))),
  fc.constantFrom(...ANCHORS.map(({ text }) => text.toUpperCase())),
  fc.constantFrom(
    "DE12",
    "AB1",
    "4111 1111",
    "4111-1111 1",
    "1234567890123",
    "12345678901234567",
    "1",
    "12",
    "123 4567",
    "%41",
  ),
  fc.constantFrom('"', "\\", "\n", "\0", "\u007f", "\u00e9", "\u0430", "\u200b", "\ud835\udfce", "\ud800", "\udc00"),
  fc.string({ unit: "binary-ascii", maxLength: 5 }),
  fc.string({ unit: "grapheme", maxLength: 3 }),
);
const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));

test.each(["any", "long"] as const)("finds what comparing every anchor everywhere finds; numbers: %s", (numbers) => {
  const finder = new AnchorFinder(createAnchorTable(ANCHORS, numbers), numbers);
  fc.assert(
    fc.property(texts, (text) => {
      expect(find(finder, text)).toEqual(reference(text, numbers));
    }),
    { numRuns: 700 },
  );
});

test("finds the same across the borders of windows, wherever the text begins", () => {
  const finder = new AnchorFinder(createAnchorTable(ANCHORS, "long"), "long");
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 70 }), fc.constantFrom(".", "\u00e9", "7"), (text, before, filler) => {
      const long = filler.repeat(WINDOW - before) + text + filler.repeat(WINDOW - 20) + text;
      expect(find(finder, long)).toEqual(reference(long, "long"));
    }),
    { numRuns: 60 },
  );
});

test("tells the first character of each line that looks like another", () => {
  const finder = new AnchorFinder(createAnchorTable(ANCHORS, "long"), "long");
  fc.assert(
    fc.property(texts, (text) => {
      find(finder, text);
      const lines = text.split("\n");
      let from = 0;
      const wanted: number[] = [];
      for (const line of lines) {
        const at = Array.from({ length: line.length }, (_, i) => i).find((i) => isVeiling(line.charCodeAt(i)));
        if (at !== undefined) wanted.push(from + at);
        from += line.length + 1;
      }
      expect(finder.veils).toEqual(wanted);
    }),
  );
});
