import { PLAIN_DETECTORS } from "../../src/redact/default-detectors.ts";
import { keyValueDetector } from "../../src/redact/detectors/key-value.ts";
import { createKeyRules } from "../../src/redact/key-rules.ts";
import { Labels } from "../../src/redact/label.ts";
import { cacheNames } from "../../src/redact/name-cache.ts";
import { nameAnchors } from "../../src/redact/text-anchors.ts";
import type { TextDetector } from "../../src/redact/text-detector.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";

/** No input may cost more than this per character. */
export const MAX_STEPS_PER_CHARACTER = 60;

/** All that are built in, switched on or not. */
export const detectors: readonly TextDetector[] = [
  keyValueDetector(nameAnchors([]), cacheNames(createKeyRules([], []))),
  ...PLAIN_DETECTORS,
];

/** It looks for all of them, and counts its steps. */
export const scanner: TextScanner = new TextScanner(
  detectors,
  new Labels(
    detectors.map(({ id }) => id),
    undefined,
  ),
);

/** The steps that it takes for so many characters of the unit again and again. */
export function stepsOf(unit: string, length: number): number {
  scanner.find(unit.repeat(Math.ceil(length / unit.length)).slice(0, length));
  return scanner.steps;
}
