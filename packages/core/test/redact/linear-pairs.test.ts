import { expect, test } from "vitest";
import { PLAIN_DETECTORS } from "../../src/redact/default-detectors.ts";
import { keyValueDetector } from "../../src/redact/detectors/key-value.ts";
import { createKeyRules } from "../../src/redact/key-rules.ts";
import { Labels } from "../../src/redact/label.ts";
import { cacheNames } from "../../src/redact/name-cache.ts";
import { nameAnchors } from "../../src/redact/text-anchors.ts";
import type { TextDetector } from "../../src/redact/text-detector.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";

const detectors: readonly TextDetector[] = [
  keyValueDetector(nameAnchors([]), cacheNames(createKeyRules([], []))),
  ...PLAIN_DETECTORS,
];
const ids = detectors.map(({ id }) => id);

/** What one detector finds may lie within, beside or around what another one does: each with each, again and again, in one line. */
const PIECES: readonly string[] = [
  ...detectors.map((detector) => detector.examples().catches[0] ?? ""),
  "Authorization: ",
  "Cookie: a=",
  "password=",
  "curl -u ",
  "Bearer ",
  "{",
  '"',
  "[redacted:key]",
];
const LENGTH = 4096;
const MAX_STEPS_PER_CHARACTER = 60;
/** Some look 2048 characters far, so that in the shorter text a step has less to look at; what is quadratic comes near four. */
const MAX_GROWTH = 2.6;

test("the steps at most double when a text of two secrets in turn doubles", () => {
  const scanner = new TextScanner(detectors, new Labels(ids, undefined));
  const steps = (unit: string, length: number): number => {
    scanner.find(unit.repeat(Math.ceil(length / unit.length)).slice(0, length));
    return scanner.steps;
  };
  const wrong: string[] = [];
  for (const one of PIECES) {
    for (const other of PIECES) {
      const unit = `${one} ${other} `;
      if (unit.length * 4 > LENGTH) continue;
      const after = steps(unit, 2 * LENGTH);
      if (after > MAX_GROWTH * steps(unit, LENGTH) + 256 || after / (2 * LENGTH) > MAX_STEPS_PER_CHARACTER)
        wrong.push(unit);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);
