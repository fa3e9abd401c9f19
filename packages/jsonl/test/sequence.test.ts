import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Sequence, type StoredLine } from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";

const line = (id: string | undefined): StoredLine => ({ kind: "line", text: "", id, file: "f", offset: 0, size: 0 });
const [a, b] = EPOCHS;

const follow = (ids: readonly (string | undefined)[], after?: { epoch: string; seq: number }): unknown[] =>
  new Sequence(after).follow(ids.map(line)).map((entry) => {
    if (entry.kind === "line") return entry.id;
    return entry.kind === "hole" ? [entry.from, entry.to, entry.missing] : entry.problem;
  });

test("an id that only looks like the next one is not taken for it", () => {
  for (const id of [`${a}:02`, `${a}: 2`, `${a}:2 `, `${a}:2a`, `${a}2`, `${a};2`, `${b}:`, "2", "", undefined]) {
    // Taken for a line without an id: given on, and the next number is still the second.
    expect(follow([`${a}:1`, id, `${a}:2`])).toEqual([`${a}:1`, id, `${a}:2`]);
  }
  expect(
    follow([`${a}:${Number.MAX_SAFE_INTEGER - 1}`, `${a}:${Number.MAX_SAFE_INTEGER}`, `${a}:9007199254740992`]),
  ).toEqual([`${a}:${Number.MAX_SAFE_INTEGER - 1}`, `${a}:${Number.MAX_SAFE_INTEGER}`, `${a}:9007199254740992`]);
});

test("numbers go on by one, over powers of ten too", () => {
  const ids = Array.from({ length: 2000 }, (_, index) => `${a}:${index + 1}`);
  expect(follow(ids)).toEqual(ids);
  expect(follow(ids, { epoch: a, seq: 998 })).toEqual(ids.slice(998));
});

test("whatever comes, each number is given once and ascending in its epoch, and every jump is a hole of its width", () => {
  const id = fc.tuple(fc.constantFrom(a, b), fc.integer({ min: 1, max: 12 })).map(([epoch, seq]) => `${epoch}:${seq}`);
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 30 }), (ids) => {
      const entries = new Sequence(undefined).follow(ids.map(line));
      const last = new Map<string, number>();
      let hole = 0;
      for (const [index, entry] of entries.entries()) {
        if (entry.kind === "hole") hole = entry.missing;
        if (entry.kind !== "line") continue;
        const [epoch = "", seq = ""] = (entry.id ?? "").split(":");
        const before = last.get(epoch) ?? 0;
        // Nothing is missing before the very first line.
        expect(Number(seq)).toBe(index === 0 ? Number(seq) : before + 1 + hole);
        last.set(epoch, Number(seq));
        hole = 0;
      }
      expect(entries.filter((entry) => entry.kind !== "hole")).toHaveLength(ids.length);
    }),
    { numRuns: 500 },
  );
});
