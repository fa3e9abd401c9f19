import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../src/exit-code.ts";
import { runCommand } from "./recorded-console.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("the command line", () => {
  test("has a help that names every command and the exit codes", async () => {
    const { code, out } = await runCommand(["--help"], { cwd: temporaryFolder() });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^Usage: plumbline/);
    expect(out).toContain("Exit codes:");
  });

  test("has examples in the help of every command", async () => {
    const cwd = temporaryFolder();
    const { out } = await runCommand(["--help"], { cwd });
    const names = [...out.matchAll(/^ {2}([a-z]+)\s.*$/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(names).toContain("init");
    for (const name of names) {
      const help = await runCommand([name, "--help"], { cwd });
      expect(help.code).toBe(EXIT.ok);
      expect(help.out).toMatch(new RegExp(`^  \\$ .*plumbline ${name}`, "m"));
    }
  });

  test("without a command is a wrong command line", async () => {
    const { code, out, err } = await runCommand([], { cwd: temporaryFolder() });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: "" });
    expect(err).toContain("Usage: plumbline");
  });

  test.each([["inti"], ["init", "--forse"], ["init", "a", "b"]])("%s %s is a wrong command line", async (...args) => {
    const { code, err } = await runCommand(args, { cwd: temporaryFolder() });
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/^error: /);
    expect(err).toContain("--help");
  });

  test.each([
    ["--json goes with --explain", ["redact", "--json"]],
    ["--token-file goes with --url", ["tail", "a.jsonl", "--token-file", "t"]],
    ["--token-file goes with --url", ["replay", "a.jsonl", "--token-file", "t"]],
    ["--force goes with --out", ["merge", "a.jsonl", "--force"]],
  ])("refuses an option that would do nothing: %s %j", async (message, args) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), "");
    const { code, out, err } = await runCommand(args, { cwd });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: "" });
    expect(err).toContain(message);
  });

  test("prints the version", async () => {
    const { code, out } = await runCommand(["--version"], { cwd: temporaryFolder() });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("is coloured only when asked for", async () => {
    const cwd = temporaryFolder();
    const plain = await runCommand(["--help"], { cwd });
    const coloured = await runCommand(["--help"], { cwd, isColoured: true });
    expect(plain.out).not.toContain("\u001b[");
    expect(coloured.out).toContain("\u001b[1m");
  });

  test("ends quietly when the reader of its output has gone", async () => {
    const onOut = (): never => {
      throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    };
    expect(await runCommand(["--help"], { cwd: temporaryFolder(), onOut })).toMatchObject({ code: EXIT.ok, err: "" });
  });

  test("fails when its output cannot be written", async () => {
    const onOut = (): never => {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    };
    const { code, err } = await runCommand(["--version"], { cwd: temporaryFolder(), onOut });
    expect(code).toBe(EXIT.failed);
    expect(err).toContain("PLB_CLI_OUTPUT_FAILED");
    expect(err).toContain("mend");
    expect(err).not.toMatch(/\n\s+at /);
  });
});
