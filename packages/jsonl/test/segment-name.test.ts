import { basename, dirname } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatSegmentName,
  formatTornName,
  journalLocation,
  parseSegmentName,
  parseSlotStem,
  parseTornName,
  slotLocation,
  type SegmentForm,
} from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";

const stem = fc
  .string({ unit: "binary", minLength: 1, maxLength: 40 })
  .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== ".." && Buffer.byteLength(text) <= 180);
const oddStem = fc.oneof(
  stem,
  fc.constantFrom(
    "a.b.c",
    "x.slot2",
    `a.${EPOCHS[0]}-1`,
    "a.torn-20261120T215703.123456Z",
    "a\nb",
    "..a",
    "-",
    "ä😀",
    "a.jsonl",
    "a.hold-b",
  ),
);
const epoch = fc
  .array(fc.constantFrom(..."0123456789abcdefghijklmnopqrstuv".split("")), { minLength: 13, maxLength: 13 })
  .map((digits) => digits.join(""));
const form = fc.constantFrom<SegmentForm>("sealing", "sealed", "compressed");

describe("segment names", () => {
  test("come back as they went in, whatever the stem", () => {
    fc.assert(
      fc.property(
        oddStem,
        epoch,
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        form,
        (stem, epoch, firstSeq, form) => {
          const packing = form === "compressed" ? ({ packing: firstSeq % 2 === 0 ? "gzip" : "zstd" } as const) : {};
          const name = { stem, epoch, firstSeq, form, ...packing };
          expect(parseSegmentName(formatSegmentName(name))).toEqual(name);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("are as the format says", () => {
    const name = { stem: "checkout", epoch: EPOCHS[0], firstSeq: 42 };
    expect(formatSegmentName({ ...name, form: "sealing" })).toBe("checkout.0k3f9c2a00000-42.sealing");
    expect(formatSegmentName({ ...name, form: "sealed" })).toBe("checkout.0k3f9c2a00000-42.jsonl");
    expect(formatSegmentName({ ...name, form: "compressed" })).toBe("checkout.0k3f9c2a00000-42.jsonl.gz");
    expect(formatSegmentName({ ...name, form: "compressed", packing: "zstd" })).toBe(
      "checkout.0k3f9c2a00000-42.jsonl.zst",
    );
  });

  test.each([
    "checkout.jsonl",
    "checkout.slot2.jsonl",
    "checkout.0k3f9c2a00000-0.jsonl",
    "checkout.0k3f9c2a00000-01.jsonl",
    "checkout.0k3f9c2a00000-9999999999999999.jsonl",
    "checkout.0k3f9c2a0000-1.jsonl",
    "checkout.0k3f9c2a0000z-1.jsonl",
    "checkout.0k3f9c2a00000-1.jsonl.gz.tmp",
    "checkout.0k3f9c2a00000-1.jsonl.xz",
    ".0k3f9c2a00000-1.jsonl",
    "0k3f9c2a00000-1.jsonl",
  ])("%s is none", (fileName) => {
    expect(parseSegmentName(fileName)).toBeUndefined();
  });

  test.each<[string, string, number]>([
    ["", EPOCHS[0], 1],
    ["a/b", EPOCHS[0], 1],
    ["a", "E", 1],
    ["a", EPOCHS[0], 0],
    ["a", EPOCHS[0], 1.5],
    ["a".repeat(181), EPOCHS[0], 1],
  ])("are refused for stem %j, epoch %s, number %s", (stem, epoch, firstSeq) => {
    expect(() => formatSegmentName({ stem, epoch, firstSeq, form: "sealed" })).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_NAME_INVALID" }),
    );
  });
});

describe("names of torn tails", () => {
  test("come back as they went in", () => {
    fc.assert(
      fc.property(oddStem, fc.maxSafeNat(), (stem, timeMicros) => {
        expect(parseTornName(formatTornName({ stem, timeMicros }))).toEqual({ stem, timeMicros });
      }),
      { numRuns: 400 },
    );
  });

  test("are as the format says, and sort by time", () => {
    const timeMicros = Date.UTC(2026, 10, 20, 21, 57, 3, 123) * 1000 + 456;
    expect(formatTornName({ stem: "checkout", timeMicros })).toBe("checkout.torn-20261120T215703.123456Z");
    expect(formatTornName({ stem: "a", timeMicros }) < formatTornName({ stem: "a", timeMicros: timeMicros + 1 })).toBe(
      true,
    );
  });

  test.each([
    "checkout.torn-20261320T215703.123456Z",
    "checkout.torn-2026",
    "checkout.torn-20261120T215703.123456Z.gz",
  ])("%s is none", (fileName) => {
    expect(parseTornName(fileName)).toBeUndefined();
  });

  test.each([Number.NaN, -1, 0.5])("are refused for the time %s", (timeMicros) => {
    expect(() => formatTornName({ stem: "a", timeMicros })).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_NAME_INVALID" }),
    );
  });
});

describe("locations and slots", () => {
  test.each([
    ["/var/log/checkout.jsonl", "checkout", "checkout.slot2.jsonl"],
    ["/var/log/a.b.ndjson", "a.b", "a.b.slot2.ndjson"],
    ["/var/log/plain", "plain", "plain.slot2"],
    ["/var/log/.jsonl", ".jsonl", ".jsonl.slot2"],
  ])("%s has the stem %s and the second slot %s", (path, stem, second) => {
    const location = journalLocation(path);
    expect(location).toEqual({ path, directory: "/var/log", stem });
    expect(slotLocation(location, 1)).toEqual(location);
    const slot = slotLocation(location, 2);
    expect([basename(slot.path), dirname(slot.path), slot.stem]).toEqual([second, "/var/log", `${stem}.slot2`]);
    expect(parseSlotStem(slot.stem)).toEqual({ stem, slot: 2 });
  });

  test.each(["checkout", "a.slot", "a.slot1", "a.slot02", ".slot2", "a.slot2x"])(
    "%s is the stem of no slot",
    (stem) => {
      expect(parseSlotStem(stem)).toEqual({ stem, slot: 1 });
    },
  );

  test("any slot's stem is taken apart again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 999_999 }), oddStem, (slot, stem) => {
        expect(parseSlotStem(slotLocation({ path: `/d/${stem}.jsonl`, directory: "/d", stem }, slot).stem)).toEqual({
          stem,
          slot,
        });
      }),
    );
  });

  test.each([0, -1, 1.5, 1_000_000])("there is no slot %s", (slot) => {
    expect(() => slotLocation(journalLocation("/d/a.jsonl"), slot)).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_NAME_INVALID" }),
    );
  });

  test("a root folder is no journal", () => {
    expect(() => journalLocation("/")).toThrow(expect.objectContaining({ code: "PLB_JSONL_NAME_INVALID" }));
  });
});
