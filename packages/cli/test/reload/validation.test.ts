import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Masking } from "../../src/reload/masking.ts";
import { Validation } from "../../src/reload/validation.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function scene(validate: readonly string[]) {
  const root = temporaryFolder();
  const path = join(root, "config");
  const validation = new Validation(
    { configFile: { input: join(root, "in"), output: path }, validate, validateEach: undefined },
    new Masking(),
  );
  const check = (content: string, signal: AbortSignal): Promise<void> =>
    validation.check({ file: { path, content: Buffer.from(content) }, directories: [] }, signal);
  return { root, check };
}

const never = new AbortController().signal;

test("content is judged by itself, whenever the check of older content is abandoned for it", async () => {
  const { root, check } = scene(["grep", "-q", "good"]);
  for (let turns = 0; turns < 24; turns++) {
    const older = new AbortController();
    const abandoned = check("bad", older.signal).catch(() => undefined);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    older.abort(new Error("newer content"));
    await check("good", never);
    await abandoned;
  }
  await expect(check("bad", never)).rejects.toMatchObject({ code: "PLB_CLI_RELOAD_INVALID" });
  expect(readdirSync(root)).toEqual([]);
});

test("a command that says more than anybody reads has its say all the same", async () => {
  const says = (code: number): string[] => [
    process.execPath,
    "-e",
    `process.stderr.write("no good: " + "x".repeat(3_000_000), () => process.exit(${code}))`,
  ];
  await scene(says(0)).check("good", never);
  await expect(scene(says(1)).check("bad", never)).rejects.toMatchObject({
    code: "PLB_CLI_RELOAD_INVALID",
    message: expect.stringContaining("no good: xxx"),
  });
});
