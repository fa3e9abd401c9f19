import { expect, test } from "vitest";
import { type AnchorTable, createAnchorTable } from "../../src/redact/anchor-table.ts";
import { anchorTable } from "../../src/redact/anchor-tables.ts";

const anchors = (isExact: boolean, ...texts: string[]): { text: string; isExact: boolean }[] =>
  texts.map((text) => ({ text, isExact }));

/** Compared as bytes: a comparison by items takes seconds. */
const isSame = (one: AnchorTable, other: AnchorTable): boolean =>
  Buffer.from(one.members.buffer).equals(Buffer.from(other.members.buffer)) &&
  Buffer.from(one.fields.buffer).equals(Buffer.from(other.fields.buffer)) &&
  bytesOf(one.search.masks).equals(bytesOf(other.search.masks));

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

test("the same anchors have one table, whoever asks", () => {
  const table = anchorTable(anchors(false, "token=", "[redacted:"), "long");
  expect(anchorTable(anchors(false, "token=", "[redacted:"), "long") === table).toBe(true);
  expect(isSame(table, createAnchorTable(anchors(false, "token=", "[redacted:"), "long"))).toBe(true);
});

test("a table is asked for by all that it depends on", () => {
  const table = anchorTable(anchors(false, "ab", "cd"), "long");
  for (const other of [
    anchorTable(anchors(true, "ab", "cd"), "long"),
    anchorTable(anchors(false, "ab", "cd"), "any"),
    anchorTable(anchors(false, "cd", "ab"), "long"),
    anchorTable(anchors(false, 'ab","~cd'), "long"),
  ])
    expect(other === table).toBe(false);
});

test("more tables than are kept are right too", () => {
  for (let n = 0; n < 8; n++) {
    const given = anchors(false, `key${n}`);
    expect(isSame(anchorTable(given, "long"), createAnchorTable(given, "long"))).toBe(true);
  }
});
