import fc from "fast-check";
import { expect, test } from "vitest";
import { placeOf } from "../src/client/place.ts";
import { ServerEventReader } from "../src/client/server-event-reader.ts";

const ID = /^([0-9a-v]{13}):(\d{1,16})$/;

test("an id is read by its shape alone", () => {
  const near = fc
    .tuple(fc.stringMatching(/^[0-9a-w:]{12,14}$/), fc.stringMatching(/^:?\d{0,17}$/))
    .map(([a, b]) => a + b);
  const cases = fc.property(fc.oneof(near, fc.stringMatching(ID), fc.string()), (id) => {
    const [, epoch, seq] = ID.exec(id) ?? [];
    expect(placeOf(id)).toEqual(epoch === undefined ? undefined : { epoch, seq: Number(seq) });
  });
  fc.assert(cases, { numRuns: 300 });
});

test("server-sent events are the same however their bytes are cut", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((each) => each.replaceAll(/[\r\n]/g, ""));
  const cases = fc.property(
    fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
    fc.constantFrom("\n", "\r\n"),
    fc.integer({ min: 1, max: 9 }),
    fc.boolean(),
    (all, feed, step, hasMark) => {
      const written = all.map(
        (rows) => `id: 7${feed}${rows.map((row) => `data: ${row}${feed}`).join("")}:${feed}${feed}`,
      );
      const bytes = Buffer.from(`${hasMark ? "\ufeff" : ""}:${feed}${feed}${written.join("")}`);
      const reader = new ServerEventReader();
      const read: (readonly string[])[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        for (const { data } of reader.push(bytes.subarray(at, at + step)) ?? []) read.push(data);
      }
      expect(read).toEqual(all);
    },
  );
  fc.assert(cases, { numRuns: 200 });
});
