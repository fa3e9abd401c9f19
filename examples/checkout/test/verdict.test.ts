import type { OutputReport } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import type { Findings } from "../src/oracle.ts";
import { isRight, judge, mustHold, type OutputEvidence } from "../src/verdict.ts";

const found: Findings = {
  files: 1,
  bytes: 1000,
  lines: 90,
  belowError: 80,
  planted: 5,
  longestLine: 100,
  torn: 0,
  outOfSequence: 0,
  secretsFound: 0,
};
const report: OutputReport = {
  name: "printer",
  accepted: 100,
  adopted: 0,
  delivered: 90,
  inFlight: 0,
  queued: 0,
  filtered: 4,
  dropped: { overflow: 6 },
  redelivered: 0,
};
const right: OutputEvidence = { name: "printer", emitted: 100, found, notForIt: 4, mayOverflow: true, report };

const wrongColumns = (evidence: OutputEvidence): string[] =>
  judge(evidence)
    .figures.filter((figure) => !figure.isRight)
    .map(({ column }) => column);

describe("the verdict", () => {
  test("is right when the shop, the files and the report agree", () => {
    expect(wrongColumns(right)).toEqual([]);
    expect(isRight([judge(right)], [mustHold("x", "", true)])).toBe(true);
    expect(isRight([judge(right)], [mustHold("x", "", false)])).toBe(false);
  });

  test.each<[string, Partial<OutputEvidence>, string[]]>([
    ["an event the report knows nothing of", { emitted: 101 }, ["accepted", "dropped by reason"]],
    ["a line that is not in the file", { found: { ...found, lines: 89 } }, ["durable", "dropped by reason"]],
    ["a line too many in the file", { found: { ...found, lines: 91 } }, ["durable", "dropped by reason"]],
    ["an event still under way", { report: { ...report, queued: 1 } }, ["durable"]],
    ["a wrong count of filtered ones", { report: { ...report, filtered: 3 } }, ["filtered"]],
    ["a drop that nothing explains", { report: { ...report, dropped: {} } }, ["dropped by reason"]],
    ["a drop for another reason", { report: { ...report, dropped: { closed: 6 } } }, ["dropped by reason"]],
    ["a drop where none may be", { mayOverflow: false }, ["dropped by reason"]],
    ["a torn line", { found: { ...found, torn: 1 } }, ["torn"]],
    ["a displaced line", { found: { ...found, outOfSequence: 1 } }, ["out of sequence"]],
    ["a secret", { found: { ...found, secretsFound: 1 } }, ["secrets found"]],
  ])("is wrong for %s", (_what, fault, columns) => {
    expect(wrongColumns({ ...right, ...fault })).toEqual(columns);
  });
});
