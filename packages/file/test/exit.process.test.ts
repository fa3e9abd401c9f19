import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { finish, startProgram } from "./run-program.ts";
import { expectUpTo, readIndexes, temporaryDirectory, verify } from "./scene.ts";

const COUNT = 6000;

describe("a process that ends with lines in memory loses none, also those that come while it exits", () => {
  test.each([
    ["exit", "idle", 0],
    ["exit", "busy", 0],
    ["throw", "idle", 1],
    ["throw", "busy", 1],
    ["reject", "idle", 1],
    ["end", "idle", 0],
  ] as const)("by %s, with the thread pool %s", async (how, pool, code) => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const ended = await finish(startProgram("exit", [path, how, pool, String(COUNT)]));
    expect({ code: ended.code, stderr: how === "exit" || how === "end" ? ended.stderr : "" }).toEqual({
      code,
      stderr: "",
    });
    expectUpTo(await readIndexes(path), COUNT);
    expect((await verify(path)).ok).toBe(true);
  });
});

describe("a worker thread that ends with lines in memory", () => {
  test.each(["exit", "end", "throw"] as const)("loses none, by %s", async (how) => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const { stdout, stderr } = await finish(startProgram("worker-exit", [path, how, "200"]));
    expect({ stderr, exit: JSON.parse(stdout) as unknown }).toEqual({
      stderr: "",
      exit: { code: how === "throw" ? 1 : 0 },
    });
    expectUpTo(await readIndexes(path), 200);
  });

  test("keeps what was acknowledged as written when it is terminated, and no half line", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    await finish(startProgram("worker-exit", [path, "terminate", "50"]));
    const indexes = await readIndexes(path);
    expect(indexes.length).toBeGreaterThanOrEqual(1);
    expectUpTo(indexes, indexes.length);
    expect((await verify(path)).ok).toBe(true);
  });
});

describe("standard output", () => {
  test("gets everything when the process exits at once", async () => {
    const { code, stdout } = await finish(startProgram("stdout", ["3000", "exit"]));
    expect(code).toBe(0);
    const indexes = stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { attributes: { index: number } }).attributes.index);
    expectUpTo(indexes, 3000);
  });

  test("whose reader has gone is no crash", async () => {
    const child = startProgram("stdout", ["20000", "wait"]);
    child.stdout?.destroy();
    const ended = await finish(child);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "PLB_FILE_READER_GONE\n" });
  });
});
