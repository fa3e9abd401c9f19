import { expect, test } from "vitest";
import { detectors, MAX_STEPS_PER_CHARACTER, stepsOf } from "./default-scanner.ts";

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
/** A longer text for a long pair, so that it comes again in it. */
const LEAST_TIMES = 4;
/** Some look 2048 characters far, so that in the shorter text a step has less to look at; what is quadratic comes near four. */
const MAX_GROWTH = 2.6;

test("the steps at most double when a text of two secrets in turn doubles", () => {
  const wrong: string[] = [];
  for (const one of PIECES) {
    for (const other of PIECES) {
      const unit = `${one} ${other} `;
      const length = Math.max(LENGTH, LEAST_TIMES * unit.length);
      const after = stepsOf(unit, 2 * length);
      if (after > MAX_GROWTH * stepsOf(unit, length) + 256 || after / (2 * length) > MAX_STEPS_PER_CHARACTER)
        wrong.push(unit);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);
