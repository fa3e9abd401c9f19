import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BENCHES } from "../src/benches.ts";
import { cellId, type Outcome } from "../src/frame/bench.ts";
import { Results } from "../src/frame/results.ts";
import { smokeCells, standInFor } from "./smoke-cells.ts";

const SCALE = 0.001;
const FINDINGS = ["lost", "torn", "repeated", "reordered"] as const;
/** Benches whose cells are all scenes times all who play them. `PLUMBLINE_BENCH_CELLS=all` runs every one of them. */
const PRODUCTS = process.env["PLUMBLINE_BENCH_CELLS"] === "all" ? [] : ["file", "otlp", "redact", "stream", "watch"];
/** What loses or tears nothing, so that the oracle must find nothing. Some peers do lose lines. */
const WHOLE = /plumbline|floor|pino sync|curves/;

describe.each(BENCHES)("bench $name", (bench) => {
  const outcomes = new Map<string, Outcome[]>();
  const cells = PRODUCTS.includes(bench.name) ? smokeCells(bench.cells) : bench.cells;

  test.each(cells.map((cell) => [cellId(cell), cell] as const))("%s runs", async (id, cell) => {
    const directory = mkdtempSync(join(tmpdir(), "plumbline-bench-test-"));
    try {
      const outcome = await cell.run({ directory, scale: SCALE, outside: false });
      if (WHOLE.test(id)) for (const finding of FINDINGS) expect(outcome.figures[finding] ?? 0, finding).toBe(0);
      expect(Object.values(outcome.figures).every(Number.isFinite)).toBe(true);
      outcomes.set(id, [outcome]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("its cells have names of their own", () => {
    expect(new Set(bench.cells.map(cellId)).size).toBe(bench.cells.length);
  });

  test("its report has a row for every cell and measures every target", () => {
    const report = bench.report(new Results(bench.cells, standInFor(bench.cells, outcomes)));
    // What needs a program from outside is not run here.
    const isPart = [...outcomes.values()].some(([outcome]) => outcome?.lacks !== undefined);
    for (const { value, text } of report.targets) expect(isPart || !Number.isNaN(value), text).toBe(true);
    expect(report.targets.some(({ value }) => !Number.isNaN(value)) || report.targets.length === 0).toBe(true);
    for (const { file } of report.pictures) expect(report.markdown).toContain(`pictures/${file}`);
    for (const cell of bench.cells) expect(report.markdown).toContain(cell.name.split(",")[0]);
  });

  test("it reports what part of it was run", () => {
    const report = bench.report(new Results(bench.cells, new Map()));
    expect(report.markdown).not.toContain("NaN");
    expect(report.targets.every(({ value }) => Number.isNaN(value))).toBe(true);
  });
});
