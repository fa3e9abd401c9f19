import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const EPOCH = "0123456789abc";

test("replay of a file: since, until, names and what is missing", async () => {
  const cwd = temporaryFolder();
  const line = (seq: number, time: string, name = "a"): string =>
    `{"id":"${EPOCH}:${seq}","time":"${time}","severity":"INFO","name":"${name}"}\n`;
  const minutes = [0, 1, 2, 3, 4].map((minute) => `2026-11-20T10:0${minute}:00.000000Z`);
  const lines = minutes.map((time, index) => line(index + 1 + (index > 2 ? 7 : 0), time, index === 3 ? "b" : "a"));
  writeFileSync(join(cwd, "a.jsonl"), lines.join(""));
  const replay = (...args: string[]): ReturnType<typeof runCommand> =>
    runCommand(["replay", "a.jsonl", ...args], { cwd });
  const missing = `plumbline: 7 events are missing before ${EPOCH}:11 (damage)\n`;
  expect(await replay()).toEqual({ code: 0, out: lines.join(""), err: missing });
  const between = await replay("--since", "2026-11-20T10:01:00Z", "--until", "2026-11-20T10:03:00Z");
  expect(between).toEqual({ code: 0, out: lines.slice(1, 3).join(""), err: missing });
  expect((await replay("--since", "-9999d", "--name", "b")).out).toBe(lines[3]);
  expect((await replay("--cursor", `${EPOCH}:2`)).out).toBe(lines.slice(2).join(""));
  expect(await replay("--since", "yesterday")).toMatchObject({ code: 2 });
  expect(await replay("--url", "http://127.0.0.1:1")).toMatchObject({ code: 2 });
  expect(await replay("--cursor", "nonsense")).toMatchObject({ code: 2 });
});

test("serve refuses what would give telemetry away", async () => {
  const cwd = temporaryFolder();
  const serve = (...args: string[]): ReturnType<typeof runCommand> =>
    runCommand(["serve", "--journal", "a.jsonl", ...args], { cwd });
  for (const [args, code] of [
    [["--listen", "0.0.0.0:0"], "PLB_SERVE_TLS_REQUIRED"],
    [["--listen", "0.0.0.0:0", "--auth", "none"], "PLB_SERVE_AUTH_REQUIRED"],
    [["--tls-key", "k.pem"], "PLB_CLI_USAGE"],
  ] as const) {
    expect(await serve(...args)).toMatchObject({ code: 2, err: expect.stringContaining(code) as string });
  }
});
