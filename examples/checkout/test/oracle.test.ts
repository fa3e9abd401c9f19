import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { formsOf, inspect, type Findings, journalFiles } from "../src/oracle.ts";
import { listSecrets, makeShopSecrets } from "../src/planted-secrets.ts";

const EPOCH = "0123456789abc";
const secrets = makeShopSecrets();

interface Line {
  readonly id: string;
  readonly time: string;
  readonly severity: string;
  readonly attributes: Record<string, unknown>;
}

function wholeLines(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${EPOCH}:${index + 1}`,
    time: "2026-11-20T21:57:03.123456Z",
    severity: index % 10 === 0 ? "ERROR" : "INFO",
    attributes: { worker: index % 2, step: Math.floor(index / 2) + 1 },
  }));
}

const toText = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

function inspectText(text: string, expects: "whole" | "with gaps" = "whole"): Findings {
  const folder = temporaryFolder();
  const path = join(folder, "shop.jsonl");
  writeFileSync(path, text);
  return inspect({ paths: [path], secrets: listSecrets(secrets), expects });
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-oracle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("the oracle", () => {
  test("finds nothing wrong in whole lines", () => {
    expect(inspectText(toText(wholeLines(20)))).toMatchObject({
      lines: 20,
      belowError: 18,
      torn: 0,
      outOfSequence: 0,
      secretsFound: 0,
    });
  });

  test("reads sealed files before the one that is written, packed ones too", () => {
    const folder = temporaryFolder();
    const lines = wholeLines(12);
    writeFileSync(join(folder, `shop.${EPOCH}-10.jsonl`), toText(lines.slice(9, 11)));
    writeFileSync(join(folder, `shop.${EPOCH}-1.jsonl.gz`), gzipSync(toText(lines.slice(0, 9))));
    writeFileSync(join(folder, "shop.jsonl"), toText(lines.slice(11)));
    writeFileSync(join(folder, "shopping.jsonl"), "");
    const paths = journalFiles(folder, "shop");
    expect(paths).toHaveLength(3);
    expect(inspect({ paths, secrets: [], expects: "whole" })).toMatchObject({ files: 3, lines: 12, outOfSequence: 0 });
  });

  test("sees a torn line at the end, in the middle, and two glued together", () => {
    const text = toText(wholeLines(4));
    const [first = "", second = "", ...rest] = text.split("\n");
    expect(inspectText(text.slice(0, -5)).torn).toBe(1);
    expect(inspectText([first, second.slice(0, -7), ...rest].join("\n")).torn).toBe(1);
    expect(inspectText([first + second, ...rest].join("\n")).torn).toBe(1);
  });

  test("sees a line that is missing, repeated or displaced", () => {
    const lines = wholeLines(10);
    const [a, b, c, ...rest] = lines;
    if (a === undefined || b === undefined || c === undefined) throw new Error("ten lines");
    expect(inspectText(toText([a, c, ...rest])).outOfSequence).toBeGreaterThan(0);
    expect(inspectText(toText([a, b, b, c, ...rest])).outOfSequence).toBeGreaterThan(0);
    expect(inspectText(toText([b, a, c, ...rest])).outOfSequence).toBeGreaterThan(0);
  });

  test("sees an event that was lost before it had a number", () => {
    const lines = wholeLines(10).filter((_, index) => index !== 4);
    const renumbered = lines.map((line, index) => ({ ...line, id: `${EPOCH}:${index + 1}` }));
    expect(inspectText(toText(renumbered)).outOfSequence).toBe(1);
  });

  test("allows gaps, and nothing else, where events may be dropped", () => {
    const lines = wholeLines(20);
    const some = lines.filter((_, index) => index % 3 !== 0);
    expect(inspectText(toText(some), "with gaps").outOfSequence).toBe(0);
    expect(inspectText(toText(some.toReversed()), "with gaps").outOfSequence).toBeGreaterThan(0);
    expect(inspectText(toText(some.flatMap((line) => [line, line])), "with gaps").outOfSequence).toBeGreaterThan(0);
  });

  test.each(listSecrets(secrets))("sees the planted $kind, in whatever form it is", ({ text }) => {
    const surroundings: readonly ((secret: string) => string)[] = [
      (secret) => secret,
      (secret) => `before ${secret} after`,
      (secret) => `https://example.org/?q=${encodeURIComponent(secret)}&r=1`,
      (secret) => Buffer.from(secret).toString("base64"),
      (secret) => Buffer.from(`u:${secret}`).toString("base64"),
      (secret) => Buffer.from(`us:${secret}:x`).toString("base64"),
      (secret) => Buffer.from(`use:${secret}:`).toString("base64url"),
      (secret) => Buffer.from(secret).toString("hex"),
      (secret) => JSON.stringify({ nested: JSON.stringify({ secret }) }),
    ];
    const unseen = surroundings.filter((surround) => {
      const lines = wholeLines(3);
      const planted = lines.map((line, index) =>
        index === 1 ? { ...line, attributes: { ...line.attributes, note: surround(text) } } : line,
      );
      return inspectText(toText(planted)).secretsFound === 0;
    });
    expect(unseen.map(String)).toEqual([]);
    const named = wholeLines(1).map((line) => ({ ...line, attributes: { [`session ${text}`]: 1 } }));
    expect(inspectText(toText(named)).secretsFound).toBeGreaterThan(0);
  });

  test("sees a secret that is written with unicode escapes", () => {
    const { webhookSecret } = secrets;
    const escaped = webhookSecret
      .split("")
      .map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("");
    const text = toText(wholeLines(1)).replace('"worker"', `"note":"${escaped}","worker"`);
    expect(inspectText(text).secretsFound).toBeGreaterThan(0);
  });

  test("knows forms that are long enough to mean something", () => {
    for (const { text } of listSecrets(secrets)) {
      expect(formsOf(text)).toContain(text);
      for (const form of formsOf(text)) expect(form.length).toBeGreaterThanOrEqual(8);
    }
  });
});
