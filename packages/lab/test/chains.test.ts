import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listChains, listTornFiles, type Layout } from "../src/chains.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-chains-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function chainsOf(layout: Layout, ...names: readonly string[]): string[][] {
  for (const name of names) writeFileSync(join(folder, name), "");
  return listChains(join(folder, "lab.jsonl"), layout).map((chain) => chain.map((file) => basename(file)));
}

test("one file, or none", () => {
  expect(chainsOf("single")).toEqual([]);
  expect(chainsOf("single", "lab.jsonl", "lab1.jsonl")).toEqual([["lab.jsonl"]]);
});

test("segments by epoch and number, the active file last, slots apart, a segment in two forms once", () => {
  const names = [
    "lab.jsonl",
    "lab.1k7tl00000000-1000.jsonl",
    "lab.1k7tl00000000-200.jsonl.gz",
    "lab.1k7tl00000000-200.sealing",
    "lab.1k7tk00000000-5000.jsonl",
    "lab.1k7tm00000000-1.sealing",
    "lab.1k7tm00000000-1.sealing.gz",
    "lab.slot2.jsonl",
    "lab.slot2.1k7tl00000000-1.jsonl",
    "lab.torn-20261120T215703.123456Z",
    "labour.jsonl",
  ];
  expect(chainsOf("plumbline", ...names)).toEqual([
    [
      "lab.1k7tk00000000-5000.jsonl",
      "lab.1k7tl00000000-200.jsonl.gz",
      "lab.1k7tl00000000-1000.jsonl",
      "lab.1k7tm00000000-1.sealing",
      "lab.jsonl",
    ],
    ["lab.slot2.1k7tl00000000-1.jsonl", "lab.slot2.jsonl"],
  ]);
  expect(listTornFiles(join(folder, "lab.jsonl")).map((file) => basename(file))).toEqual([
    "lab.torn-20261120T215703.123456Z",
  ]);
});

test("numbers that count up, and numbers that count down", () => {
  const names = ["lab.jsonl", "lab1.jsonl", "lab2.jsonl", "lab10.jsonl", "lab.jsonl.1", "lab.jsonl.2", "lab.jsonl.10"];
  expect(chainsOf("numbered-up", ...names)).toEqual([["lab.jsonl", "lab1.jsonl", "lab2.jsonl", "lab10.jsonl"]]);
  expect(chainsOf("numbered-down", ...names)).toEqual([["lab.jsonl.10", "lab.jsonl.2", "lab.jsonl.1", "lab.jsonl"]]);
});
