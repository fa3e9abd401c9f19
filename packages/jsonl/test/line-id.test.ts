import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatId } from "@plumbline/core";
import { ID_PEEK_BYTES, peekEventId, peekId } from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";

test("the id at a line's beginning is read as JSON.parse reads it, from its first bytes alone", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.jsonValue(), (seq, body) => {
      const id = formatId(EPOCHS[1], seq);
      const line = JSON.stringify({ id, body });
      expect(peekId(line)).toBe(id);
      expect(peekId(line.slice(0, ID_PEEK_BYTES))).toBe(id);
      expect(peekEventId(line)).toEqual({ epoch: EPOCHS[1], seq });
    }),
  );
});

test.each([
  "",
  "{}",
  '{"id":5}',
  '{"time":"x","id":"a"}',
  ' {"id":"a"}',
  '{"id":"never closed',
  `{"id":"${"x".repeat(31)}"}`,
])("%j has no id at its beginning", (line) => {
  expect(peekId(line)).toBeUndefined();
  expect(peekEventId(line)).toBeUndefined();
});

test("an id that is none is peeked at, but not taken apart", () => {
  expect(peekId('{"id":"mine"}')).toBe("mine");
  expect(peekEventId('{"id":"mine"}')).toBeUndefined();
});
