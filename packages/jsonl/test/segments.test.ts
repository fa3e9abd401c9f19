import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { journalLocation, listJournals, listSegments, selectSegments } from "../src/index.ts";
import { EPOCHS } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

const [one, two] = EPOCHS;
const location = journalLocation("/log/checkout.jsonl");
const paths = (names: readonly string[]): string[] =>
  selectSegments(location, names).segments.map((segment) => segment.path);

test("segments come in the order of their lines, whatever the order of the folder", () => {
  const ordered = [
    `checkout.${one}-1.jsonl.gz`,
    `checkout.${one}-9.jsonl`,
    `checkout.${one}-10.jsonl.gz`,
    `checkout.${one}-100.sealing`,
    `checkout.${two}-1.sealing`,
    `checkout.${two}-2.sealing`,
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (names) => {
      expect(paths(names)).toEqual(ordered.map((name) => `/log/${name}`));
    }),
  );
});

test("a segment that is seen under several names is one, in its most final form", () => {
  const forms = [".sealing", ".jsonl", ".jsonl.gz"].map((ending) => `checkout.${one}-5${ending}`);
  fc.assert(
    fc.property(fc.shuffledSubarray(forms, { minLength: 1 }), (names) => {
      expect(paths(names)).toEqual([`/log/${forms.findLast((name) => names.includes(name))}`]);
    }),
  );
});

test("what belongs to another journal, a slot or nobody is left alone", () => {
  const listing = selectSegments(location, [
    "checkout.jsonl",
    "checkout.slot2.jsonl",
    `checkout.slot2.${one}-1.jsonl`,
    `checkout2.${one}-1.jsonl`,
    `check.${one}-1.jsonl`,
    `checkout.${one}-1.jsonl.gz.tmp`,
    "checkout.hold-alerts",
    "checkout.torn-20261120T215703.123457Z",
    "checkout.torn-20261120T215703.123456Z",
    "checkout.slot2.torn-20261120T215703.123456Z",
    "checkout",
    "notes.txt",
  ]);
  expect(listing.segments).toEqual([]);
  expect(listing.active).toBe("/log/checkout.jsonl");
  expect(listing.torn.map((torn) => torn.path)).toEqual([
    "/log/checkout.torn-20261120T215703.123456Z",
    "/log/checkout.torn-20261120T215703.123457Z",
  ]);
});

test("a segment tells the id of its first line", () => {
  expect(selectSegments(location, [`checkout.${one}-42.sealing`])).toEqual({
    segments: [{ path: `/log/checkout.${one}-42.sealing`, form: "sealing", first: { epoch: one, seq: 42 } }],
    active: undefined,
    torn: [],
  });
});

test("a folder that is not there has no files, and a file in its place is an error", async () => {
  const folder = await tempFolder();
  expect(await listSegments(journalLocation(join(folder, "none", "a.jsonl")))).toEqual({
    segments: [],
    active: undefined,
    torn: [],
  });
  await writeFile(join(folder, "file"), "");
  await expect(listSegments(journalLocation(join(folder, "file", "a.jsonl")))).rejects.toMatchObject({
    code: "ENOTDIR",
  });
});

test("the journals of a folder are found by what they have left there", async () => {
  const folder = await tempFolder();
  const names = [
    "b.jsonl",
    "a.jsonl",
    `a.${one}-1.jsonl`,
    "a.slot2.jsonl",
    `gone.${one}-1.jsonl.gz`,
    `x.${one}-1.sealing`,
    "notes.txt",
    ".jsonl",
    "a.hold-x",
  ];
  for (const name of names) await writeFile(join(folder, name), "");
  await mkdir(join(folder, "folder.jsonl"));
  expect((await listJournals(folder)).map((journal) => [journal.stem, journal.path])).toEqual(
    ["a", "a.slot2", "b", "gone", "x"].map((stem) => [stem, join(folder, `${stem}.jsonl`)]),
  );
});
