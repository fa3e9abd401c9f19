import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FILE_DEFAULTS, STDOUT_DEFAULTS } from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The cells of the table's row whose first cell names the option. */
function rowOf(option: string): readonly string[] {
  const row = readme
    .split("\n")
    .find((line) => line.startsWith("| ") && (line.split("|")[1] ?? "").includes(`\`${option}\``));
  return (row ?? "").split("|").map((cell) => cell.trim());
}

function shown(option: string, value: unknown): string {
  return option.toLowerCase().endsWith("mode") ? `0${Number(value).toString(8)}` : String(value);
}

test("the README's table has every default as the code has it", () => {
  const { rotate, ...flat } = FILE_DEFAULTS;
  const defaults = [
    ...Object.entries(flat),
    ...Object.entries(rotate).map(([name, value]) => [`rotate.${name}`, value] as const),
  ];
  expect(defaults.length).toBeGreaterThan(12);
  for (const [option, value] of defaults) expect(rowOf(option)[2], option).toContain(`\`${shown(option, value)}\``);
  expect(STDOUT_DEFAULTS.exitFlushMs).toBe(FILE_DEFAULTS.exitFlushMs);
});

test("every test that the README names is there", () => {
  const named = [...readme.matchAll(/`test\/([a-z.-]+\.test\.ts)`/g)].map((match) => match[1] ?? "");
  expect(named.length).toBeGreaterThan(9);
  for (const name of named) expect(existsSync(new URL(name, import.meta.url)), name).toBe(true);
});

test("every decision that the README names is there", () => {
  const named = [...readme.matchAll(/`(docs\/decisions\/[a-z0-9.-]+\.md)`/g)].map((match) => match[1] ?? "");
  expect(named.length).toBe(2);
  for (const name of named) expect(existsSync(new URL(`../../../${name}`, import.meta.url)), name).toBe(true);
});
