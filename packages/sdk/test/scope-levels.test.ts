import fc from "fast-check";
import { expect, test } from "vitest";
import { LEVEL_OFF } from "../src/config/schema-fields.ts";
import { ScopeLevels } from "../src/scope-levels.ts";

test("a scope has the level of the longest name it equals or lies below", () => {
  const levels = new ScopeLevels(9, { acme: 13, "acme.db": 5, "acme.db.pool.idle": LEVEL_OFF });
  expect(levels.of(undefined)).toBe(9);
  expect(levels.of("other")).toBe(9);
  expect(levels.of("acme")).toBe(13);
  expect(levels.of("acme.http")).toBe(13);
  expect(levels.of("acme.db.pool")).toBe(5);
  expect(levels.of("acme.dbx")).toBe(13);
  expect(levels.of("acme.db.pool.idle.x")).toBe(LEVEL_OFF);
  expect(levels.of("")).toBe(9);
});

test("what is set while running wins, survives another config, and goes back to what the config says", () => {
  const levels = new ScopeLevels(9, { acme: 13 });
  const before = levels.generation;
  expect(levels.set("acme", "trace")).toBe(true);
  expect(levels.set("*", "OFF")).toBe(true);
  expect(levels.generation).toBeGreaterThan(before);
  expect([levels.of("acme"), levels.of("x")]).toEqual([1, LEVEL_OFF]);
  levels.configure(5, { acme: 17, x: 21 });
  expect([levels.of("acme"), levels.of("x"), levels.of("y")]).toEqual([1, 21, LEVEL_OFF]);
  expect(levels.set("acme", undefined)).toBe(true);
  expect(levels.set("*", undefined)).toBe(true);
  expect([levels.of("acme"), levels.of("y")]).toEqual([17, 5]);
});

test("what is no level changes nothing", () => {
  const levels = new ScopeLevels(9, {});
  const before = levels.generation;
  for (const wrong of ["loud", 0, 25, null, {}]) expect(levels.set("a", wrong as never)).toBe(false);
  expect(levels.generation).toBe(before);
});

test("any scope has the level that a search of all names gives", () => {
  const name = fc
    .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("."));
  fc.assert(
    fc.property(fc.dictionary(name, fc.constantFrom(1, 5, 13, 17, 25)), name, (own, scope) => {
      const matching = Object.keys(own)
        .filter((each) => scope === each || scope.startsWith(`${each}.`))
        .toSorted((first, second) => second.length - first.length);
      const expected = matching[0] === undefined ? 9 : own[matching[0]];
      expect(new ScopeLevels(9, own as never).of(scope)).toBe(expected);
    }),
  );
});
