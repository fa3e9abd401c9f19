import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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

test("whoever reads the list may leave before its end", async () => {
  const child = spawn(process.execPath, [MAIN, "file", "--list"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy(); // before the first line is written
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, told }).toEqual({ code: 0, told: "" });
});
