import { appendFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestLines } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { finishCommand, type Running, startCommand } from "../command-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const EPOCH = "0123456789abc";

function textOf(count: number, firstSeq = 1): string {
  return createTestLines(count, { epoch: EPOCH, firstSeq })
    .map(({ line }) => `${line}\n`)
    .join("");
}

/** A server as a user starts it, and where it listens. */
async function startServer(cwd: string, ...args: string[]): Promise<{ running: Running; url: string }> {
  const env = { PLUMBLINE_RUNTIME_DIR: join(cwd, "runtime") };
  const running = startCommand(["serve", "--journal", "telemetry", "--listen", "127.0.0.1:0", ...args], cwd, env);
  onTestFinished(() => void running.process.kill("SIGKILL"));
  let said = "";
  running.process.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await running.said("\n");
  return { running, url: /http:\S+(?=,)/.exec(said)?.[0] ?? "" };
}

test("serve, tail --url and replay --url: the token is found by itself, the lines are those of the journal", async () => {
  const cwd = temporaryFolder();
  const env = { PLUMBLINE_RUNTIME_DIR: join(cwd, "runtime") };
  mkdirSync(join(cwd, "telemetry"));
  const file = join(cwd, "telemetry/checkout.jsonl");
  writeFileSync(file, textOf(300));
  const { running, url } = await startServer(cwd);
  const token = join(cwd, "runtime", `stream-${new URL(url).port}.token`);
  expect((statSync(token).mode & 0o777).toString(8)).toBe("600");

  const whole = await finishCommand(["replay", "--url", url], cwd, "", env);
  expect({ ...whole, out: whole.out.toString() }).toEqual({ code: 0, signal: null, err: "", out: textOf(300) });
  const last = await finishCommand(["tail", "--url", url, "-n", "5", "--json"], cwd, "", env);
  expect(last.out.toString()).toBe(textOf(5, 296));
  const after = await finishCommand(["replay", "--url", url, "--cursor", `${EPOCH}:290`], cwd, "", env);
  expect(after.out.toString()).toBe(textOf(10, 291));

  const follower = startCommand(["tail", "-f", "-n", "1", "--json", "--url", url], cwd, env);
  await follower.said(`"${EPOCH}:300"`);
  appendFileSync(file, textOf(40, 301));
  await follower.said(`"${EPOCH}:340"`);
  follower.process.kill("SIGINT");
  const followed = await follower.finished;
  expect({ code: followed.code, out: followed.out.toString() }).toEqual({ code: 130, out: textOf(41, 300) });

  const elsewhere = { PLUMBLINE_RUNTIME_DIR: join(cwd, "other") };
  const without = await finishCommand(["replay", "--url", url], cwd, "", elsewhere);
  expect(without).toMatchObject({ code: 2, err: expect.stringContaining("PLB_CLI_NO_TOKEN") as string });
  const follow = await finishCommand(["replay", "--url", url, "--cursor", `${EPOCH}:1`], cwd, "", elsewhere);
  expect(follow).toMatchObject({ code: 3, err: expect.stringContaining("PLB_SERVE_UNAUTHORIZED") as string });
  const tail = await finishCommand(["tail", "--url", url], cwd, "", elsewhere);
  expect(tail).toMatchObject({ code: 2, err: expect.stringContaining("PLB_CLI_NO_TOKEN") as string });
  const future = await finishCommand(["replay", "--url", url, "--cursor", `${EPOCH}:999`], cwd, "", env);
  expect(future).toMatchObject({ code: 3, err: expect.stringContaining("PLB_STREAM_CURSOR_FUTURE") as string });

  // The server goes away: who follows says so at once, not when it ends.
  const waiting = startCommand(["tail", "-f", "-n", "1", "--json", "--url", url], cwd, env);
  await waiting.said(`"${EPOCH}:340"`);
  let told = "";
  waiting.process.stderr.on("data", (chunk: Buffer) => (told += chunk.toString()));
  running.process.kill("SIGTERM");
  await expect.poll(() => told, { timeout: 20_000 }).toContain("the server is away");
  waiting.process.kill("SIGINT");
  expect((await waiting.finished).code).toBe(130);
  expect(await running.finished).toMatchObject({ code: 143, err: "" });
}, 120_000); // ten processes, one after the other

test("of a journal that has no event yet, tail --url and replay --url show nothing and end", async () => {
  const cwd = temporaryFolder();
  const env = { PLUMBLINE_RUNTIME_DIR: join(cwd, "runtime") };
  mkdirSync(join(cwd, "telemetry"));
  writeFileSync(join(cwd, "telemetry/checkout.jsonl"), "");
  const { url } = await startServer(cwd);
  for (const command of ["tail", "replay"]) {
    const ended = await finishCommand([command, "--url", url], cwd, "", env);
    expect({ ...ended, out: ended.out.toString() }).toEqual({ code: 0, signal: null, err: "", out: "" });
  }
});
