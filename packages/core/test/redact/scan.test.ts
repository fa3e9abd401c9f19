import { expect, test } from "vitest";
import { ALNUM, classOf, HYPHEN, UPPER } from "../../src/redact/character-class.ts";
import { FoundLabels } from "../../src/redact/found-labels.ts";
import { Labels } from "../../src/redact/label.ts";
import { Scan } from "../../src/redact/scan.ts";

test("what is remembered of a run changes nothing but the steps", () => {
  const scan = new Scan(new FoundLabels(new Labels([], undefined)));
  const text = "AAAAAAAAAAAAAAAAAAAAAAAA-aaaaaaaaaaaaaaaaaaa A1-A1-A1-A1-A1-A1-A1-A1 bbbbbbbbbbbbbbbbbbbbbbb";
  scan.reset(text);
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 65536) % below;
  };
  for (let n = 0; n < 20_000; n++) {
    const mask = [ALNUM, ALNUM | HYPHEN, UPPER][next(3)] ?? ALNUM;
    const from = next(text.length + 2);
    const limit = next(50);
    const isIn = (at: number): boolean => (classOf(text.charCodeAt(at)) & mask) !== 0;
    let end = from;
    while (end < Math.min(text.length, from + limit) && isIn(end)) end++;
    expect(scan.skip(from, mask, limit), `${n}: on from ${from}`).toBe(end);
    let start = from;
    while (start > Math.max(0, from - limit) && isIn(start - 1)) start--;
    expect(scan.skipBack(from, mask, limit), `${n}: back from ${from}`).toBe(start);
  }
});

test("a long run is read once, however many begin within it", () => {
  const scan = new Scan(new FoundLabels(new Labels([], undefined)));
  scan.reset("a".repeat(1000));
  for (let at = 0; at < 1000; at++) scan.skip(at, ALNUM, 100);
  expect(scan.steps).toBeLessThan(20_000);
});
