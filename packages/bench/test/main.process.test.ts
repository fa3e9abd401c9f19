import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const RESULT = new URL("../../../reports/bench-file.part.json", import.meta.url);

test("a small run prints a table and targets, and writes its figures", () => {
  const group = "written, 150 B, 64 emitters";
  const options = ["file", "--rounds", "2", "--scale", "0.002", "--only", group];
  const text = execFileSync(process.execPath, [MAIN, ...options], { encoding: "utf8" });
  expect(text).toContain(`### ${group}`);
  expect(text).toMatch(/pino sync ÷ plumbline\s+\| at least 3\.00×\s+\| [\d.]+×/);
  const { results } = JSON.parse(readFileSync(RESULT, "utf8")) as { results: Record<string, unknown[]> };
  expect(results[`${group}: plumbline, default rules`]).toHaveLength(2);
});

test("without a bench that exists, it says which there are", () => {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, "nothing"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stdout).toContain("--rounds N");
  expect(stdout).toMatch(/^ {2}file /m);
});
