import { LineRecord } from "@plumbline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LINE_OVERHEAD_BYTES, LineQueue } from "../src/line-queue.ts";
import { makeLine, upTo } from "./scene.ts";

const indexOf = (line: { readonly line: string } | undefined): number | undefined =>
  line === undefined ? undefined : (JSON.parse(line.line) as { attributes: { index: number } }).attributes.index;

const sizeOf = (lines: readonly LineRecord[]): number =>
  lines.reduce((sum, line) => sum + line.size + LINE_OVERHEAD_BYTES, 0);

describe("a queue", () => {
  test("behaves as an array would, and its marks are passed exactly when what was before them has left", () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant("push" as const),
          severity: fc.constantFrom(5 as const, 13 as const),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("shift" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), size: fc.nat(1000) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("mark" as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new LineQueue(9);
        let model: ReturnType<typeof makeLine>[] = [];
        const marks: { waitsFor: Set<unknown>; passed: boolean }[] = [];
        let next = 0;
        const leave = (line: unknown): void => {
          for (const mark of marks) mark.waitsFor.delete(line);
        };
        for (const each of steps) {
          if (each.kind === "push") {
            const line = makeLine(next++, "", each.severity);
            queue.push(line);
            model.push(line);
          } else if (each.kind === "shift") {
            const line = queue.shift();
            expect(line).toBe(model.shift());
            leave(line);
          } else if (each.kind === "drop") {
            let freed = 0;
            const expected: unknown[] = [];
            model = model.filter((line) => {
              if (freed >= each.size || line.severity >= 9) return true;
              freed += line.size + LINE_OVERHEAD_BYTES;
              expected.push(line);
              return false;
            });
            const dropped = queue.dropLow(each.size);
            expect(dropped).toEqual(expected);
            for (const line of dropped) leave(line);
          } else if (model.length > 0) {
            const mark = { waitsFor: new Set<unknown>(model), passed: false };
            marks.push(mark);
            queue.mark(() => (mark.passed = true));
          }
          expect(queue.count).toBe(model.length);
          expect(queue.size).toBe(sizeOf(model));
          expect(queue.lowSize).toBe(sizeOf(model.filter((line) => line.severity < 9)));
          expect(queue.peek()).toBe(model[0]);
          for (const mark of marks) expect(mark.passed).toBe(mark.waitsFor.size === 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("stays quick and in order with a backlog", () => {
    const queue = new LineQueue(undefined);
    for (let index = 0; index < 30_000; index++) queue.push(makeLine(index));
    const order: (number | undefined)[] = [];
    for (let index = 0; index < 30_000; index++) {
      if (index % 3 === 0) queue.push(makeLine(30_000 + index / 3));
      order.push(indexOf(queue.shift()));
    }
    expect(order).toEqual(upTo(30_000));
    expect(queue.count).toBe(10_000);
  });

  test("forgets a mark that nobody waits for any more", () => {
    const queue = new LineQueue(undefined);
    queue.push(makeLine(0));
    let isPassed = false;
    const mark = queue.mark(() => (isPassed = true));
    queue.unmark(mark);
    queue.shift();
    expect(isPassed).toBe(false);
  });

  test("weighs few lines by their length alone, asks for sizes beyond, and is quick again when it was empty", () => {
    const unitsOf = (line: LineRecord): number => line.rest.length;
    const asked = new Set<LineRecord>();
    const wide = (index: number): LineRecord => {
      const line = makeLine(index, "\u2192");
      const { size } = new LineRecord(line.rest, undefined, 0, 0, 9, undefined, "logs");
      Object.defineProperty(line, "size", { get: () => (asked.add(line), size) });
      return line;
    };
    const lines = [0, 1, 2, 3].map(wide);
    const units = (line: LineRecord): number => unitsOf(line) + LINE_OVERHEAD_BYTES;
    const full = (line: LineRecord): number => unitsOf(line) * 2 + LINE_OVERHEAD_BYTES;
    const sum = (of: (line: LineRecord) => number, some: readonly LineRecord[]): number =>
      some.reduce((total, line) => total + of(line), 0);
    const queue = new LineQueue<LineRecord>(undefined, { unitsOf, maxBytes: sum(units, lines.slice(0, 2)) });
    for (const line of lines.slice(0, 2)) queue.push(line);
    expect([queue.size, asked.size]).toEqual([sum(units, lines.slice(0, 2)), 0]);
    for (const line of lines.slice(2)) queue.push(line);
    expect(asked.size).toBe(4);
    expect(queue.size).toBe(sum(full, lines));
    queue.shift();
    expect(queue.size).toBe(sum(full, lines.slice(1)));
    while (queue.shift() !== undefined) expect(queue.size).toBeGreaterThanOrEqual(0);
    expect(queue.size).toBe(0);
    const next = wide(4);
    queue.push(next);
    expect([queue.size, asked.has(next)]).toEqual([units(next), false]);
  });

  test("throws out no more than is needed: not one line further once exactly that is freed", () => {
    const queue = new LineQueue(9);
    const lines = upTo(3).map((index) => makeLine(index, "", 5));
    for (const line of lines) queue.push(line);
    const weights = lines.map(({ size }) => size + LINE_OVERHEAD_BYTES);
    expect(queue.dropLow((weights[0] ?? 0) + (weights[1] ?? 0))).toEqual(lines.slice(0, 2));
    expect([queue.count, queue.lowSize]).toEqual([1, weights[2]]);
  });

  test("asks for sizes where a bound is near", () => {
    const unitsOf = (line: LineRecord): number => line.rest.length;
    const line = makeLine(0, "\u2192".repeat(100));
    const wide = new LineRecord(line.rest, undefined, 0, 0, 9, undefined, "logs");
    const need = unitsOf(wide) * 2 + LINE_OVERHEAD_BYTES;
    for (const [maxBytes, fits] of [
      [need, true],
      [need - 1, false],
      [need * 2, true],
    ] as const) {
      expect(new LineQueue<LineRecord>(undefined, { unitsOf, maxBytes: 1e6 }).fits(wide, maxBytes)).toBe(fits);
      expect(new LineQueue<LineRecord>(undefined).fits(wide, maxBytes)).toBe(fits);
    }
  });
});
