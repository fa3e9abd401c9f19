import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatHold, formatHoldName, journalLocation, listHolds, parseHold, parseHoldName } from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

const id = `${EPOCHS[0]}:7`;
const expiresMicros = Date.UTC(2026, 10, 20) * 1000;

describe("names", () => {
  test("any consumer's name comes back, and is one safe path component", () => {
    const consumer = fc
      .oneof(
        fc.string({ unit: "binary", minLength: 1, maxLength: 15 }),
        fc.constantFrom("@acme/x", "a.tmp", "..", "%41", "a b", "ä"),
      )
      .filter((name) => !/\p{Surrogate}/u.test(name));
    fc.assert(
      fc.property(consumer, fc.constantFrom("checkout", "a.b", "a.hold-b"), (consumer, stem) => {
        const name = formatHoldName(stem, consumer);
        expect(name.slice(stem.length)).toMatch(/^\.hold-[A-Za-z0-9_%-]+$/);
        expect(parseHoldName(stem, name)).toBe(consumer);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    "checkout.jsonl",
    "checkout.hold-",
    "checkout.hold-a.tmp",
    "checkout.hold-%41",
    "checkout.hold-%ff",
    "checkout.hold-%FF",
    "other.hold-a",
    "checkout.slot2.hold-a",
  ])("%s is no hold on checkout", (fileName) => {
    expect(parseHoldName("checkout", fileName)).toBeUndefined();
  });

  test.each(["", "x".repeat(250), "\uD800"])("a consumer that no file can be named for is refused: %j", (consumer) => {
    expect(() => formatHoldName("checkout", consumer)).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_NAME_INVALID" }),
    );
  });
});

describe("text", () => {
  test.each([undefined, { id }, { id, hint: { file: "checkout.jsonl", offset: 12 } }])(
    "comes back with the cursor %j",
    (cursor) => {
      const hold = { consumer: "@acme/x", cursor, expiresMicros };
      expect(parseHold(formatHold(hold))).toEqual(hold);
      expect(formatHold(hold)).toMatch(/^[^\n]+\n$/);
    },
  );

  const valid = { consumer: "a", cursor: null, expires: "2026-11-20T00:00:00.000Z" };
  test.each<unknown>([
    null,
    5,
    [],
    {},
    { ...valid, consumer: "" },
    { ...valid, consumer: 5 },
    { ...valid, expires: 5 },
    { ...valid, expires: "soon" },
  ])("%j is no hold", (value) => {
    expect(() => parseHold(JSON.stringify(value))).toThrow(expect.objectContaining({ code: "PLB_JSONL_HOLD_INVALID" }));
  });

  test("half a hold, and one with a cursor that is none, are refused; a time that is none is not written", () => {
    expect(() => parseHold('{"consumer"')).toThrow(expect.objectContaining({ code: "PLB_JSONL_HOLD_INVALID" }));
    expect(() => parseHold(JSON.stringify({ ...valid, cursor: undefined }))).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_CURSOR_INVALID" }),
    );
    expect(() => formatHold({ consumer: "a", cursor: undefined, expiresMicros: Number.NaN })).toThrow(
      expect.objectContaining({ code: "PLB_JSONL_HOLD_INVALID" }),
    );
  });
});

test("the holds beside a journal are listed, and what cannot be read is told apart", async () => {
  const directory = await tempFolder();
  const location = journalLocation(join(directory, "checkout.jsonl"));
  const hold = { consumer: "@acme/x", cursor: { id }, expiresMicros };
  await writeFile(join(directory, formatHoldName("checkout", "@acme/x")), formatHold(hold));
  await writeFile(join(directory, formatHoldName("checkout", "broken")), "{");
  await writeFile(join(directory, `${formatHoldName("checkout", "alerts")}.tmp`), "half written");
  await writeFile(join(directory, formatHoldName("other", "alerts")), formatHold({ ...hold, consumer: "alerts" }));
  await mkdir(join(directory, formatHoldName("checkout", "folder")));
  await symlink("nowhere", join(directory, formatHoldName("checkout", "gone")));
  const { holds, unreadable } = await listHolds(location);
  expect(holds).toEqual([hold]);
  expect(unreadable.map(({ consumer, path }) => [consumer, path])).toEqual([
    ["broken", join(directory, "checkout.hold-broken")],
    ["folder", join(directory, "checkout.hold-folder")],
  ]);
});
