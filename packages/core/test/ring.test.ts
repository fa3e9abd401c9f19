import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventRing } from "../src/ring.ts";
import { lineOf } from "./fake-parts.ts";

const EPOCH = "0000000000000";

/** V8's own collector, which a flag makes reachable at run time. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("no gc");
  collect();
}

function ringOf(count: number, retainBytes = 1_000_000, size = 10): EventRing {
  const ring = new EventRing({ epoch: EPOCH, retainBytes });
  for (let i = 1; i <= count; i++) ring.commit(lineOf(`n${i}`, size));
  return ring;
}

const idsOf = (ring: EventRing, seq: number, maxCount = 100): (string | undefined)[] =>
  ring.read(seq, "written", maxCount).map(({ id }) => id);

test("numbers are dense from 1 and stand on the line", () => {
  const ring = new EventRing({ epoch: EPOCH, retainBytes: 0 });
  const line = lineOf("a");
  expect(ring.tip).toBe(0);
  expect(ring.floor).toBe(1);
  expect(ring.commit(line)).toBe(1);
  expect(ring.commit(lineOf("b"))).toBe(2);
  expect(line.id).toBe(`${EPOCH}:1`);
  expect(ring.tip).toBe(2);
});

test("a reader gets what has reached its class, in order and at most so many", () => {
  const ring = ringOf(5);
  ring.attach();
  expect(ring.read(0, "written", 10)).toEqual([]);
  expect(ring.read(0, "buffered", 10)).toHaveLength(5);
  ring.advance("written", 3);
  expect(idsOf(ring, 0)).toEqual([`${EPOCH}:1`, `${EPOCH}:2`, `${EPOCH}:3`]);
  expect(idsOf(ring, 1, 1)).toEqual([`${EPOCH}:2`]);
  expect(idsOf(ring, 3)).toEqual([]);
  expect(ring.read(0, "fsynced", 10)).toEqual([]);
  ring.advance("fsynced", 2);
  expect(ring.read(0, "fsynced", 10)).toHaveLength(2);
});

test("fsynced implies written, levels never go back and never pass the tip", () => {
  const ring = ringOf(4);
  ring.advance("fsynced", 3);
  expect([ring.reached("buffered"), ring.reached("written"), ring.reached("fsynced")]).toEqual([4, 3, 3]);
  ring.advance("written", 1);
  ring.advance("fsynced", 1);
  expect([ring.reached("written"), ring.reached("fsynced")]).toEqual([3, 3]);
  ring.advance("written", 99);
  expect(ring.reached("written")).toBe(4);
});

test("what is not written is held whatever its size; what is written goes at once without a reader", () => {
  const ring = ringOf(100, 0, 1_000_000);
  expect(ring.floor).toBe(1);
  ring.advance("written", 40);
  expect(ring.floor).toBe(41);
  ring.advance("written", 100);
  expect(ring.floor).toBe(101);
  expect(ring.read(0, "written", 10)).toEqual([]);
});

test("with a reader written lines are kept up to the bound, and given up when the last one leaves", () => {
  const ring = ringOf(100, 50, 10);
  const first = ring.attach();
  const second = ring.attach();
  ring.advance("written", 100);
  expect(ring.floor).toBe(96);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(ring.floor).toBe(96);
  second[Symbol.dispose]();
  expect(ring.floor).toBe(101);
});

test("numbers taken back are given out again, never those of written lines", () => {
  const ring = ringOf(5);
  ring.advance("written", 3);
  ring.retract(1);
  expect(ring.tip).toBe(3);
  const line = lineOf("again");
  expect(ring.commit(line)).toBe(4);
  ring.attach();
  ring.advance("written", 4);
  expect(ring.read(3, "written", 10).map(({ name }) => name)).toEqual(["again"]);
});

test("everybody who waits is woken by the next advance, and who asks after it waits for the one after", async () => {
  const ring = ringOf(2);
  const woken: string[] = [];
  const note = (name: string) => ring.changed().then(() => woken.push(name));
  const early = [note("a"), note("b")];
  expect(ring.changed()).toBe(ring.changed());
  ring.advance("written", 1);
  const late = note("c");
  await Promise.all(early);
  expect(woken).toEqual(["a", "b"]);
  ring.advance("written", 1); // also one that brings nothing new: a journal that looks again must be able to wake them
  await late;
  expect(woken).toEqual(["a", "b", "c"]);
});

test("lines that were evicted are not kept reachable by the slots they stood in", async () => {
  const ring = new EventRing({ epoch: EPOCH, retainBytes: 0 });
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i++) {
    const line = lineOf(`n${i}`);
    refs.push(new WeakRef(line));
    ring.commit(line);
  }
  ring.advance("written", 100);
  // WeakRefs are held to the end of the tick that made them.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  collectGarbage();
  // The last one may still stand in a register of the loop above.
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(1);
});

test("property: against a plain list, any order of commits, advances, retractions and readers gives the same lines", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("commit" as const), size: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constantFrom("written" as const, "fsynced" as const, "retract" as const), by: fc.nat(8) }),
    fc.record({ kind: fc.constantFrom("attach" as const, "detach" as const), by: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.nat(200), (steps, retainBytes) => {
      const ring = new EventRing({ epoch: EPOCH, retainBytes });
      const model: { name: string; size: number }[] = [];
      const readers: Disposable[] = [];
      let written = 0;
      let made = 0;
      for (const given of steps) {
        if (given.kind === "commit") {
          const name = `n${made++}`;
          model.push({ name, size: given.size });
          expect(ring.commit(lineOf(name, given.size))).toBe(model.length);
        } else if (given.kind === "attach") readers.push(ring.attach());
        else if (given.kind === "detach") readers.pop()?.[Symbol.dispose]();
        else if (given.kind === "retract") {
          model.length = Math.max(written, model.length - given.by);
          ring.retract(ring.tip - given.by);
        } else {
          written = Math.max(written, Math.min(model.length, written + given.by));
          ring.advance(given.kind, written);
        }
        expect(ring.tip).toBe(model.length);
        expect(ring.reached("written")).toBe(written);
        expect(ring.floor).toBeLessThanOrEqual(written + 1);
        // Within the bound, but for what is not written yet.
        const held = model.slice(ring.floor - 1, written).reduce((sum, { size }) => sum + size, 0);
        if (readers.length === 0 && given.kind !== "commit" && given.kind !== "retract") expect(held).toBe(0);
        for (const seq of [0, ring.floor - 1, written - 1, written]) {
          const read = ring.read(seq, "written", 7).map(({ name, id }) => [name, id]);
          const expected = seq + 1 < ring.floor ? [] : model.slice(seq, Math.min(written, seq + 7));
          expect(read).toEqual(expected.map(({ name }, index) => [name, `${EPOCH}:${seq + index + 1}`]));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("behaves as a list of its lines would, however often it is empty in between", () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("commit" as const), count: fc.integer({ min: 1, max: 700 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("advance" as const), count: fc.nat(900) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("retract" as const), count: fc.nat(50) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ring = new EventRing({ epoch: EPOCH, retainBytes: 0 });
      const lines: string[] = [];
      let written = 0;
      let next = 0;
      for (const { kind, count } of steps) {
        if (kind === "commit") {
          for (let i = 0; i < count; i++) {
            const name = `n${next++}`;
            lines.push(name);
            expect(ring.commit(lineOf(name, 1))).toBe(lines.length);
          }
        } else if (kind === "advance") {
          written = Math.min(lines.length, written + count);
          ring.advance("written", written);
        } else {
          lines.length = Math.max(written, lines.length - count);
          ring.retract(lines.length);
        }
        expect([ring.tip, ring.floor]).toEqual([lines.length, written + 1]);
        const held = ring.read(written, "buffered", lines.length + 1);
        expect(held.map(({ name }) => name)).toEqual(lines.slice(written));
      }
    }),
    { numRuns: 12 },
  );
});

test("a line is wanted at once while one that said so waits, or handles what it was just woken for", async () => {
  const ring = ringOf(1);
  const reader = ring.attach();
  void ring.changed();
  expect(ring.isUrgent).toBe(false);
  const waiting = ring.changed(true);
  expect(ring.isUrgent).toBe(true);
  ring.advance("written", 1);
  await waiting;
  // It does not ask again: two writes later it is taken for one that is busy.
  expect(ring.isUrgent).toBe(true);
  ring.advance("written", 1);
  ring.advance("written", 1);
  expect(ring.isUrgent).toBe(false);
  void ring.changed(true);
  reader[Symbol.dispose]();
  expect(ring.isUrgent).toBe(false);
});

test("the writer is told when a line comes to be wanted at once, and not again while it is", () => {
  const ring = ringOf(2);
  let told = 0;
  ring.whenUrgent(() => (told += 1));
  const reader = ring.attach();
  void ring.changed();
  expect(told).toBe(0);
  void ring.changed(true);
  void ring.changed(true);
  expect(told).toBe(1);
  reader[Symbol.dispose]();
  void ring.changed(true);
  expect(told).toBe(2);
});

test("what all readers have passed is kept no longer, but for a little; what one of them has not is, up to the bound", () => {
  const ring = new EventRing({ epoch: EPOCH, retainBytes: 2_000_000 });
  const [first, second] = [ring.attach(), ring.attach()];
  for (let i = 1; i <= 100; i++) ring.commit(lineOf(`n${i}`, 10_000));
  ring.advance("written", 100);
  expect(ring.floor).toBe(1);
  first.passed(100);
  expect(ring.floor).toBe(1);
  second.passed(50);
  expect(ring.floor).toBe(51);
  second.passed(100);
  const kept = 101 - ring.floor;
  expect(kept).toBe(26); // 256 KiB
  // One that comes now has passed nothing: from here on all is kept for it.
  const third = ring.attach();
  for (let i = 101; i <= 200; i++) ring.commit(lineOf(`n${i}`, 10_000));
  ring.advance("written", 200);
  first.passed(200);
  second.passed(200);
  expect(ring.floor).toBe(101 - kept);
  third[Symbol.dispose]();
  expect(ring.floor).toBe(201 - kept);
  // What is not written yet stays, passed or not.
  ring.commit(lineOf("n201", 10_000));
  first.passed(201);
  second.passed(201);
  expect(ring.floor).toBeLessThanOrEqual(201);
  expect(ring.read(200, "buffered", 1)).toHaveLength(1);
});
