import { expect, test } from "vitest";
import fc from "fast-check";
import { OutputLedger } from "../src/ledger.ts";
import { droppedOf, expectBalanced } from "./fake-parts.ts";

test("each move leaves the account balanced and each event in one place", () => {
  const ledger = new OutputLedger("out");
  ledger.enqueue();
  ledger.filter();
  ledger.refuse("overflow");
  ledger.adopt(3);
  ledger.take(2);
  ledger.giveBack(1);
  ledger.deliver(1);
  ledger.dropQueued(1, "deadline");
  ledger.take(1);
  ledger.dropInFlight(1, "ECONNRESET");
  ledger.redeliver(2);
  const report = ledger.report();
  expect(report).toEqual({
    name: "out",
    accepted: 3,
    adopted: 3,
    delivered: 1,
    inFlight: 0,
    queued: 1,
    filtered: 1,
    dropped: { overflow: 1, deadline: 1, ECONNRESET: 1 },
    redelivered: 2,
  });
  expectBalanced(report);
});

test("moves of nothing make no reason appear", () => {
  const ledger = new OutputLedger("out");
  ledger.dropQueued(0, "deadline");
  ledger.dropInFlight(0, "rejected");
  expect(ledger.report().dropped).toEqual({});
});

test("reasons are bounded: codes without end are counted together, none is lost", () => {
  const ledger = new OutputLedger("out");
  for (let i = 0; i < 1000; i++) ledger.refuse(`Code${i}`);
  ledger.refuse("Code0");
  const { dropped } = ledger.report();
  expect(Object.keys(dropped).length).toBeLessThanOrEqual(65);
  expect(dropped["Code0"]).toBe(2);
  expect(droppedOf(ledger.report())).toBe(1001);
});

test("a reason that is a name of Object.prototype is a reason like any other", () => {
  const ledger = new OutputLedger("out");
  ledger.refuse("__proto__");
  ledger.refuse("constructor");
  expect(Object.entries(ledger.report().dropped)).toEqual([
    ["__proto__", 1],
    ["constructor", 1],
  ]);
});

test("a report is a copy", () => {
  const ledger = new OutputLedger("out");
  const before = ledger.report();
  ledger.refuse("overflow");
  expect(before.dropped).toEqual({});
});

test("property: any sequence of moves that respects what is there balances at every step", () => {
  const move = fc.tuple(
    fc.constantFrom("in", "filter", "refuse", "adopt", "take", "back", "deliver", "dropQ", "dropF"),
    fc.nat(5),
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200 }), (moves) => {
      const ledger = new OutputLedger("out");
      for (const [kind, count] of moves) {
        const { queued, inFlight } = ledger.report();
        const ofQueued = Math.min(count, queued);
        const ofFlight = Math.min(count, inFlight);
        if (kind === "in") ledger.enqueue();
        else if (kind === "filter") ledger.filter();
        else if (kind === "refuse") ledger.refuse("overflow");
        else if (kind === "adopt") ledger.adopt(count);
        else if (kind === "take") ledger.take(ofQueued);
        else if (kind === "back") ledger.giveBack(ofFlight);
        else if (kind === "deliver") ledger.deliver(ofFlight);
        else if (kind === "dropQ") ledger.dropQueued(ofQueued, "deadline");
        else ledger.dropInFlight(ofFlight, "EPIPE");
        expectBalanced(ledger.report());
        expect(ledger.queued).toBe(ledger.report().queued);
      }
    }),
  );
});

test("the check of the account itself sees what is wrong", () => {
  const report = new OutputLedger("out").report();
  expectBalanced(report);
  expect(() => expectBalanced({ ...report, delivered: 1 })).toThrow("does not balance");
  expect(() => expectBalanced({ ...report, delivered: 1, queued: -1 })).toThrow("does not balance");
  expect(() => expectBalanced({ ...report, accepted: 1, dropped: { a: 2 } })).toThrow("does not balance");
});
