import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { CUT_OVER_CELLS } from "../../src/stream/cut-over-cells.ts";
import { ReaderChild } from "../../src/stream/reader-child.ts";

test("readers that end while events are still given out end the cell, and no rejection is nobody's", async () => {
  const directory = mkdtempSync(join(tmpdir(), "plumbline-bench-test-"));
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on("unhandledRejection", hear);
  const over = vi.spyOn(ReaderChild.prototype, "over").mockRejectedValue(new Error("they ended"));
  onTestFinished(() => {
    over.mockRestore();
    process.off("unhandledRejection", hear);
    rmSync(directory, { recursive: true, force: true });
  });
  const cell = CUT_OVER_CELLS.find(({ name }) => name === "plumbline");
  await expect(cell?.run({ directory, scale: 0.001, outside: false })).rejects.toThrow("they ended");
  expect(unheard).toEqual([]);
});
