import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatId } from "@plumbline/core";
import { compareIds, formatCursor, parseCursor, type Cursor } from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";

const eventId = fc.record({
  epoch: fc.constantFrom(...EPOCHS),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const file = fc
  .string({ unit: "binary", minLength: 1 })
  .filter((name) => !/[/\\\0]/.test(name) && name !== "." && name !== "..");
const cursor: fc.Arbitrary<Cursor> = eventId.chain(({ epoch, seq }) =>
  fc.oneof(
    fc.constant({ id: formatId(epoch, seq) }),
    fc.record({ file, offset: fc.maxSafeNat() }).map((hint) => ({ id: formatId(epoch, seq), hint })),
  ),
);

test("any cursor comes back from its text, which is one line", () => {
  fc.assert(
    fc.property(cursor, (given) => {
      const text = formatCursor(given);
      expect(text).not.toContain("\n");
      expect(parseCursor(text)).toEqual(given);
    }),
    { numRuns: 200 },
  );
});

test("a text gives a cursor that is written as it was read, or the one code, without saying what stood there", () => {
  const outcome = (text: string): unknown => {
    try {
      return parseCursor(text);
    } catch (error) {
      return error;
    }
  };
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), cursor.map(formatCursor)), (text) => {
      const isCursor = /^\{"id":"[0-9a-v]{13}:\d+"/.test(text);
      expect(outcome(text)).toMatchObject(isCursor ? parseCursor(text) : { code: "PLB_JSONL_CURSOR_INVALID" });
      expect(outcome(text)).not.toHaveProperty("cause");
    }),
    { numRuns: 200 },
  );
});

const id = `${EPOCHS[0]}:1`;
test.each<unknown>([
  null,
  [],
  id,
  {},
  { id: 5 },
  { id: "x:1" },
  { id: `${EPOCHS[0]}:0` },
  { id: `${EPOCHS[0]}:99999999999999999` },
  { id, hint: null },
  { id, hint: "a" },
  { id, hint: {} },
  { id, hint: { file: "a" } },
  { id, hint: { file: "a", offset: -1 } },
  { id, hint: { file: "a", offset: 1.5 } },
  { id, hint: { file: "", offset: 0 } },
  { id, hint: { file: "..", offset: 0 } },
  { id, hint: { file: "../a", offset: 0 } },
  { id, hint: { file: "a\\b", offset: 0 } },
])("%j is no cursor", (value) => {
  expect(() => parseCursor(JSON.stringify(value))).toThrow(
    expect.objectContaining({ code: "PLB_JSONL_CURSOR_INVALID" }),
  );
});

test("what is no cursor is not written either, and fields that it does not know are dropped", () => {
  expect(() => formatCursor({ id: "x" })).toThrow(expect.objectContaining({ code: "PLB_JSONL_CURSOR_INVALID" }));
  expect(parseCursor(JSON.stringify({ id, later: 1, hint: { file: "a", offset: 0, later: 1 } }))).toEqual({
    id,
    hint: { file: "a", offset: 0 },
  });
});

test("ids are ordered by epoch, then by number", () => {
  fc.assert(
    fc.property(eventId, eventId, (a, b) => {
      const expected = a.epoch === b.epoch ? Math.sign(a.seq - b.seq) : a.epoch < b.epoch ? -1 : 1;
      expect(Math.sign(compareIds(a, b))).toBe(expected);
      expect(Math.sign(compareIds(b, a)) + expected).toBe(0);
    }),
  );
});
