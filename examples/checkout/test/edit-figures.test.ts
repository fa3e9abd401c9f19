import type { SystemReport } from "@plumbline/sdk";
import { expect, test } from "vitest";
import { editFigures } from "../src/edit-figures.ts";
import type { EditOutcome } from "../src/live-edits.ts";
import type { Verdict } from "../src/verdict.ts";

const applied: EditOutcome = {
  what: "good",
  isGood: true,
  before: 1,
  notice: { outcome: "applied", generation: 2, changed: ["journal"], origin: "file" },
  emitted: [10, 15],
};
const error = Object.assign(new Error("refused"), { code: "PLB_CONFIG_INVALID", why: "", mend: "", details: {} });
const refused: EditOutcome = {
  what: "bad",
  isGood: false,
  before: 2,
  notice: { outcome: "rejected", generation: 2, error },
  emitted: [20, 22],
};
const mended: EditOutcome = {
  ...applied,
  before: 2,
  notice: { outcome: "applied", generation: 3, changed: [], origin: "file" },
};
const rows: readonly Verdict[] = [{ name: "journal", figures: [{ column: "durable", text: "1", isRight: true }] }];

function wrong(outcomes: readonly EditOutcome[], reload: Partial<SystemReport["reload"]> = {}, given = rows): string[] {
  // Nothing else of the report is read.
  const report = { reload: { generation: 3, rejected: 1, ...reload } } as SystemReport;
  return editFigures(outcomes, report, given).flatMap(({ column, isRight }) => (isRight ? [] : [column]));
}

test("edits are right when each good one is the next generation, and the bad one is none", () => {
  expect(wrong([applied, refused, mended])).toEqual([]);
});

test.each<[string, EditOutcome]>([
  ["a good one that nobody told of", { ...mended, notice: undefined }],
  ["a good one that is refused", { ...mended, notice: refused.notice }],
  [
    "a generation that is left out",
    { ...mended, notice: { ...applied.notice, generation: 4 } as EditOutcome["notice"] },
  ],
  ["a bad one that is put in force", { ...refused, notice: mended.notice }],
])("%s is wrong", (_what, outcome) => {
  expect(wrong([applied, refused, outcome])).toContain("edit 3");
});

test("so is an output of which one figure is wrong, and a report that says otherwise", () => {
  expect(
    wrong([applied, refused, mended], {}, [{ name: "a", figures: [{ column: "torn", text: "1", isRight: false }] }]),
  ).toEqual(["edits"]);
  expect(wrong([applied, refused, mended], { generation: 4 })).toEqual(["edits"]);
  expect(wrong([applied, refused, mended], { rejected: 0 })).toEqual(["edits"]);
});
