import { expect, test } from "vitest";
import { Tally, type Cell } from "../src/cell.ts";
import type { Findings } from "../src/oracle.ts";
import { largeLines } from "../src/scenarios/large-lines.ts";
import { failureOf } from "../src/verdict.ts";

const CLEAN: Cell = {
  scenario: "SIGKILL",
  contender: "plumbline-written",
  runs: 3,
  due: 100,
  lost: 0,
  isPromised: true,
  toldDropped: 0,
  torn: 0,
  repeated: 0,
  reordered: 0,
  faults: [],
  notes: [],
};

test("ours passes without fault, and fails by each kind of fault", () => {
  expect(failureOf(CLEAN)).toBeUndefined();
  for (const what of ["lost", "torn", "repeated", "reordered"] as const) {
    expect(failureOf({ ...CLEAN, [what]: 1 })).toContain(`1 ${what}`);
  }
  expect(failureOf({ ...CLEAN, faults: ["run 3: hung"] })).toContain("run 3: hung");
});

test("what was not promised may be lost, and nothing else", () => {
  const buffered: Cell = { ...CLEAN, contender: "plumbline-buffered", isPromised: false };
  expect(failureOf({ ...buffered, lost: 7 })).toBeUndefined();
  expect(failureOf({ ...buffered, lost: 7, torn: 1 })).toBe("1 torn");
});

test("the control fails where it does not tear large lines, and there alone", () => {
  const control: Cell = { ...CLEAN, contender: "ungated-append" };
  expect(failureOf({ ...control, scenario: largeLines.id })).toContain("did not tear");
  expect(failureOf({ ...control, scenario: largeLines.id, torn: 1, lost: 2 })).toBeUndefined();
  expect(failureOf(control)).toBeUndefined();
});

test("peers are shown as they are, but must have run", () => {
  const peer: Cell = { ...CLEAN, contender: "winston", lost: 9, torn: 9, faults: ["ended with 7"] };
  expect(failureOf(peer)).toBeUndefined();
  expect(failureOf({ ...peer, runs: 0 })).toBe("nothing was run; ended with 7");
  expect(failureOf({ ...peer, due: 0 })).toBe("nothing was run; ended with 7");
});

test("a tally takes what the sink told from what is lost, and adds holes among ids", () => {
  const findings: Findings = {
    events: 90,
    lost: 10,
    holes: 2,
    torn: 0,
    repeated: 0,
    reordered: 0,
    saidDropped: 0,
    details: ["lost: w#1"],
  };
  const tally = new Tally("full disk", "plumbline-buffered", true);
  tally.add("run 0", 1, 100, findings, 10);
  const cell = tally.cell();
  expect(cell).toMatchObject({ runs: 1, due: 100, lost: 2, toldDropped: 10 });
  expect(cell.faults).toEqual(["run 0: lost: w#1"]);
});
