import { expect, test } from "vitest";
import { finish, startProgram } from "./run-program.ts";
import { temporaryDirectory } from "./scene.ts";

const LINES = 120_000;

test("files many times larger than the memory there is are merged in order, in constant memory", async () => {
  const { code, stdout, stderr } = await finish(
    startProgram("merge-large", [temporaryDirectory(), String(LINES)], {
      nodeOptions: ["--max-old-space-size=24", "--max-semi-space-size=1"],
    }),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const result = JSON.parse(stdout) as { lines: number; misplaced: number; mib: number; growthMiB: number };
  expect(result).toMatchObject({ lines: 3 * LINES, misplaced: 0 });
  expect(result.mib).toBeGreaterThan(120);
  // The heap ends the process where it does not suffice; this is for the buffers outside of it.
  expect(result.growthMiB).toBeLessThan(64);
});
