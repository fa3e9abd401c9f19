import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, run } from "./child.ts";
import { scratch } from "./scratch.ts";

const reversed = (...parts: readonly string[]): string =>
  parts.map((part) => Array.from(part).toReversed().join("")).join("");
/** The secrets of fixtures/hostile.mjs, and their pieces that no form of them may leave. */
const TOKEN = reversed("_phg", "q7Zk2Mv9", "Xw4Rt8Yp", "L3nB6cD1", "f5Gh0JsA", "uK7e");
const PASSWORD = reversed("hsidrows", "-adnaw", "7#xQ");

/** How a secret may stand in bytes: itself, and as encodings have it. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString("base64").slice(0, 20),
    Buffer.from(`bob:${secret}`).toString("base64").slice(8, 24),
    bytes.toString("hex"),
    Array.from(bytes).join(","),
    Array.from(bytes, (byte) => `%${byte.toString(16)}`).join(""),
    Array.from(bytes, (byte) => `\\u00${byte.toString(16)}`).join(""),
    Buffer.from(secret, "utf16le").toString("base64").slice(0, 24),
  ];
}

const FORMS = [...forms(TOKEN), ...forms(PASSWORD)];

function leaksIn(text: string): string[] {
  return FORMS.filter((form) => text.includes(form)).flatMap((form) =>
    text
      .split("\n")
      .filter((line) => line.includes(form))
      .slice(0, 2)
      .map((line) => line.slice(Math.max(0, line.indexOf(form) - 160), line.indexOf(form) + 60)),
  );
}

/** Everything that a run left: both streams and every file below its folder. */
function left(cwd: string, { stdout, stderr }: Ended): Map<string, string> {
  const found = new Map([
    ["stdout", stdout],
    ["stderr", stderr],
  ]);
  for (const entry of readdirSync(cwd, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(path, readFileSync(path, "latin1"));
  }
  return found;
}

// At the same time, since each waits a good part of it; on a busy machine one may take longer for that.
describe.concurrent("no planted secret is found anywhere", { timeout: 120_000 }, () => {
  test("in a sink, a file, a diagnostic or the report", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("hostile.mjs", ["close", "1"], { cwd });
    expect(ended.code, ended.stderr.slice(-400)).toBe(0);
    const places = left(cwd, ended);
    expect(ended.stdout.split("\n").length).toBeGreaterThan(200);
    expect(ended.stderr).toContain("refused");
    expect(places.size).toBeGreaterThanOrEqual(4);
    for (const [place, text] of places) expect(leaksIn(text), place).toEqual([]);
    for (const line of ended.stdout.split("\n").slice(0, -1)) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  test("in what a process leaves that is killed while it writes, and in what is made of it afterwards", async ({
    onTestFinished,
  }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("hostile.mjs", ["killed", "3"], { cwd });
    expect(ended.signal).toBe("SIGKILL");
    for (const [place, text] of left(cwd, ended)) expect(leaksIn(text), place).toEqual([]);
    // A torn tail is moved to a file of its own by the next start.
    appendFileSync(join(cwd, "copy.jsonl"), '{"time":"2026-');
    const next = await run("hostile.mjs", ["close", "4"], { cwd });
    expect(next.code).toBe(0);
    const places = left(cwd, next);
    expect(Array.from(places.keys()).some((place) => place.includes("torn"))).toBe(true);
    for (const [place, text] of places) expect(leaksIn(text), place).toEqual([]);
  });

  test("in a heap snapshot while lines are queued", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("hostile.mjs", ["heap", "5"], { cwd, execArgv: ["--expose-gc"] });
    const summary = JSON.parse(ended.stderr.trim().split("\n").at(-1) ?? "") as { heap: number; lines: number };
    expect(summary.lines).toBeGreaterThan(50);
    expect(summary.heap).toBe(0);
  });

  test("and the search would find one", () => {
    for (const secret of [TOKEN, PASSWORD]) {
      expect(leaksIn(`x ${secret} y`)).not.toEqual([]);
      expect(leaksIn(Buffer.from(`bob:${secret}`).toString("base64"))).not.toEqual([]);
    }
  });
});
