import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseLine } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { EXIT } from "../src/exit-code.ts";
import { COMMAND, finishCommand, startCommand } from "./command-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const shell = promisify(execFile);
const EPOCH = "0123456789abc";
const line = (seq: number): string =>
  `${JSON.stringify({ id: `${EPOCH}:${seq}`, time: "2026-11-20T21:57:03.123456Z", severity: "INFO", body: `body ${seq}` })}\n`;
const lines = (count: number): string => Array.from({ length: count }, (_, index) => line(index + 1)).join("");

describe("plumbline, as a process", () => {
  test("prints its help, and its version", async () => {
    const cwd = temporaryFolder();
    const help = await finishCommand(["--help"], cwd);
    expect(help).toMatchObject({ code: EXIT.ok, err: "" });
    expect(help.out.toString()).toContain("Exit codes:");
    expect((await finishCommand(["--version"], cwd)).out.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("pipes what a process writes, and verifies it", async () => {
    const cwd = temporaryFolder();
    const input = Array.from(
      { length: 6000 },
      (_, i) => `${i} ${"x".repeat(i % 97)}${i % 3 === 0 ? "\r\n" : "\n"}`,
    ).join("");
    expect(await finishCommand(["pipe", "--out", "out.jsonl"], cwd, `${input}last`)).toMatchObject({
      code: EXIT.ok,
      err: "",
    });
    const bodies = readFileSync(join(cwd, "out.jsonl"), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((each) => parseLine(each).body);
    expect(bodies).toEqual(`${input}last`.split(/\r?\n/));

    const verified = await finishCommand(["verify", "--json", "out.jsonl"], cwd);
    expect(verified.code).toBe(EXIT.ok);
    expect(JSON.parse(verified.out.toString())).toMatchObject({
      ok: true,
      events: 6001,
      journals: [{ missing: 0, counts: {} }],
    });
  });

  test("reads a service's last words after Ctrl-C, as a terminal sends it to both", async () => {
    const cwd = temporaryFolder();
    const pipe = startCommand(["pipe", "--out", "-"], cwd);
    pipe.process.stdin.write("working\n");
    await pipe.said("working");
    pipe.process.kill("SIGINT");
    pipe.process.stdin.end("last words\n");
    const { code, out } = await pipe.finished;
    expect(code).toBe(EXIT.ok);
    expect(out.toString()).toContain("last words");
  });

  test("stops at SIGTERM with its input still open, and has written what it read", async () => {
    const cwd = temporaryFolder();
    const pipe = startCommand(["pipe", "--out", "-"], cwd);
    pipe.process.stdin.write("one\n");
    await pipe.said("one");
    pipe.process.kill("SIGTERM");
    expect((await pipe.finished).code).toBe(EXIT.terminated);
  });

  test("refuses a file that another process writes", async () => {
    const cwd = temporaryFolder();
    const owner = startCommand(["pipe", "--out", "out.jsonl"], cwd);
    const follower = startCommand(["tail", "--follow", "out.jsonl"], cwd);
    owner.process.stdin.write("mine\n");
    await follower.said("mine");
    const refused = await finishCommand(
      ["pipe", "--out", "./../" + cwd.split("/").at(-1) + "/out.jsonl"],
      cwd,
      "theirs\n",
    );
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.err).toContain("PLB_FILE_OWNED");
    expect(refused.err).not.toMatch(/\n\s+at /);

    owner.process.stdin.end("mine too\n");
    await follower.said("mine too");
    expect((await owner.finished).code).toBe(EXIT.ok);
    follower.process.kill("SIGINT");
    expect((await follower.finished).code).toBe(EXIT.interrupted);
    expect(readFileSync(join(cwd, "out.jsonl"), "utf8").match(/theirs/)).toBeNull();
  });

  test("is quiet when the reader of its output goes away", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "big.jsonl"), lines(20_000));
    const script = `"$0" "$1" tail -n all big.jsonl | head -n 1; "$0" "$1" tail -n all --json big.jsonl | true`;
    const { stdout, stderr } = await shell("sh", ["-c", script, process.execPath, COMMAND], { cwd });
    expect(stdout).toContain("body 1\n");
    expect(stdout).not.toContain("\u001b[");
    expect(stderr).toBe("");
  });

  test("colours when it is told to, and not when it is told not to", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), line(1));
    const escape = "\u001b[";
    expect((await finishCommand(["tail", "a.jsonl"], cwd, "", { FORCE_COLOR: "1" })).out.toString()).toContain(escape);
    expect((await finishCommand(["--help"], cwd, "", { FORCE_COLOR: "1" })).out.toString()).toContain(escape);
    const both = { FORCE_COLOR: "1", NO_COLOR: "1" };
    expect((await finishCommand(["tail", "a.jsonl"], cwd, "", both)).out.toString()).not.toContain(escape);
  });

  test("fails with a code when the disk is full", async () => {
    const { stderr } = await shell("sh", [
      "-c",
      `"$0" "$1" --help > /dev/full; echo "exit $?" >&2`,
      process.execPath,
      COMMAND,
    ]);
    expect(stderr).toContain("PLB_CLI_OUTPUT_FAILED");
    expect(stderr).toContain(`exit ${EXIT.failed}`);
  });
});
