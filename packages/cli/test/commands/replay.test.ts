import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { RemoteStream } from "../../src/stream/remote-stream.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
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

test("replay says what it cannot show: a packed segment, lines without ids, damage at the end", async () => {
  const cwd = temporaryFolder();
  const line = `{"id":"${EPOCH}:1","time":"2026-11-20T10:00:00.000000Z","severity":"INFO","name":"a"}\n`;
  const packed = `a-${EPOCH}-0000000000000001.jsonl.gz`;
  writeFileSync(join(cwd, packed), gzipSync(line));
  for (const args of [
    ["replay", packed],
    ["serve", "--journal", packed],
  ]) {
    const { code, out, err } = await runCommand(args, { cwd });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("is a packed segment of a journal");
  }
  writeFileSync(join(cwd, "plain.jsonl"), '{"msg":"hello"}\n');
  const plain = await runCommand(["replay", "plain.jsonl"], { cwd });
  const none = `plumbline: no line of ${join(cwd, "plain.jsonl")} has the id of an event\n`;
  expect(plain).toEqual({ code: 0, out: "", err: none });
  writeFileSync(join(cwd, "b.jsonl"), `${line}no line\n`);
  const damaged = "plumbline: what is no event's line stands in the journal's files, once\n";
  expect(await runCommand(["replay", "b.jsonl"], { cwd })).toEqual({ code: 0, out: line, err: damaged });
});

test("a journal that has no event yet is replayed at once", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "a.jsonl"), "");
  for (const more of [[], ["--since", "-3h"], ["--until", "now"]]) {
    expect(await runCommand(["replay", "a.jsonl", ...more], { cwd })).toEqual({ code: 0, out: "", err: "" });
  }
});

test.each([
  ["http://logs.example:4700", false],
  ["https://logs.example:4700", false],
  ["http://10.0.0.7:4700", false],
  ["https://127.0.0.1.example:4700", false],
  ["http://127.0.0.1:4700", true],
  ["http://localhost:4700", true],
  ["http://[::1]:4700", true],
])("the token that a server of this machine keeps goes to no other: %s", async (address, isSent) => {
  const cwd = temporaryFolder();
  const token = ["a", "token", "of", "this", "machine"].join("-");
  mkdirSync(join(cwd, "runtime"));
  writeFileSync(join(cwd, "runtime/stream-4700.token"), token, { mode: 0o600 });
  const sent: unknown[] = [];
  const { fetch } = globalThis;
  onTestFinished(() => void (globalThis.fetch = fetch));
  globalThis.fetch = (_, init) => {
    sent.push(new Headers(init?.headers).get("authorization"));
    return Promise.resolve(new Response('{"subscribers":[]}'));
  };
  const { console } = recordedConsole({ cwd, env: { PLUMBLINE_RUNTIME_DIR: join(cwd, "runtime") } });
  const server = await RemoteStream.at(console, address, undefined);
  expect(await server.tip()).toBeUndefined();
  expect(sent).toEqual([isSent ? `Bearer ${token}` : null]);

  // What is named by hand goes where it is sent to, but never in the clear.
  const named = recordedConsole({ cwd, env: { PLUMBLINE_STREAM_TOKEN: token } }).console;
  const isClear = !isSent && address.startsWith("http:");
  for (const at of [
    RemoteStream.at(named, address, undefined),
    RemoteStream.at(console, address, join(cwd, "runtime/stream-4700.token")),
  ]) {
    if (isClear) await expect(at).rejects.toMatchObject({ code: "PLB_CLI_TLS_REQUIRED" });
    else await (await at).tip();
  }
  expect(sent.slice(1)).toEqual(isClear ? [] : [`Bearer ${token}`, `Bearer ${token}`]);
});

test("an interruption ends an answer that does not end by itself, and an endless one is read up to a bound", async () => {
  const { fetch } = globalThis;
  onTestFinished(() => void (globalThis.fetch = fetch));
  const { console, interruptions } = recordedConsole({ cwd: temporaryFolder() });
  const server = await RemoteStream.at(console, "http://127.0.0.1:4700", undefined);
  let pieces = 0;
  let givenUp = 0;
  let isEndless = true;
  // As where the request was collected: its signal ends nothing any more.
  globalThis.fetch = () => {
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise(setImmediate);
        pieces += 1;
        if (isEndless || pieces === 1) controller.enqueue(new Uint8Array(4 * 1024 * 1024).fill(0x20));
        else await new Promise(() => undefined);
      },
      cancel: () => void givenUp++,
    });
    return Promise.resolve(new Response(body, { status: 503 }));
  };
  await expect(server.tip()).rejects.toMatchObject({ code: "PLB_CLI_SERVER_REFUSED" });
  expect(givenUp).toBe(1);
  expect(pieces).toBeLessThan(16);

  isEndless = false;
  pieces = 0;
  const asked = server.tip().catch((error: unknown) => error);
  await expect.poll(() => pieces).toBe(2);
  interruptions.interrupt();
  expect(await asked).toMatchObject({ name: "AbortError" });
  expect(givenUp).toBe(2);
});

test("a server that refuses, is none, or is away is not taken for an empty journal", async () => {
  const cwd = temporaryFolder();
  const asked: (string | undefined)[] = [];
  const serving = async (answer: RequestListener): Promise<string> => {
    const server = createServer((request, response) => {
      asked.push(request.url);
      answer(request, response);
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const at = (url: string): readonly (readonly string[])[] => [
    ["tail", "--url", url],
    ["replay", "--url", url],
  ];
  const proxy = await serving((request, response) => {
    const isOurs = request.url?.startsWith("/logs/status") === true;
    response.writeHead(isOurs ? 200 : 500).end(isOurs ? '{"subscribers":[]}' : "a page");
  });
  for (const args of at(`${proxy}/logs/`)) {
    expect(await runCommand(args, { cwd })).toEqual({ code: 0, out: "", err: "" });
  }
  expect(asked).toEqual(["/logs/status", "/logs/status"]);
  const refusing = await serving((_, response) => {
    response.writeHead(421).end('{"kind":"error","code":"PLB_SERVE_HOST_REFUSED","message":"no"}');
  });
  const strange = await serving((_, response) => response.end("<html>"));
  for (const [url, code, says] of [
    [refusing, "PLB_CLI_SERVER_REFUSED", "PLB_SERVE_HOST_REFUSED"],
    [`${proxy}/other`, "PLB_CLI_SERVER_REFUSED", "500"],
    [strange, "PLB_CLI_SERVER_REFUSED", "not one of a stream server"],
    ["http://127.0.0.1:1", "PLB_CLI_SERVER_UNREACHABLE", "127.0.0.1:1"],
  ] as const) {
    for (const args of at(url)) {
      const { code: exitCode, err } = await runCommand(args, { cwd });
      expect(exitCode, err).toBe(3);
      expect(err).toContain(code);
      expect(err).toContain(says);
    }
  }
  const unauthorized = await serving((_, response) => response.writeHead(401).end());
  for (const args of at(unauthorized)) {
    expect(await runCommand(args, { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining("PLB_CLI_NO_TOKEN") as string,
    });
  }
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

test("what is asked of a server: times before 1970 and of no event's year, and names that only this side can compare", async () => {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://localhost"));
    if (request.url === "/status") response.end(`{"subscribers":[],"tip":"${EPOCH}:1"}`);
    else response.writeHead(400).end('{"code":"PLB_SERVE_PARAMETER_INVALID","message":"no"}');
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const query = async (...args: string[]): Promise<URLSearchParams | undefined> => {
    await runCommand(["replay", "--url", url, ...args], { cwd: temporaryFolder() });
    return asked.at(-1)?.searchParams;
  };
  expect((await query("--since", "1944-06-06T05:30:00.5Z"))?.get("cursor")).toBe("time:1944-06-06T05:30:00.500000Z");
  expect((await query("--since", "-999999999d"))?.get("cursor")).toBe("time:0000-01-01T00:00:00.000000Z");
  expect((await query("--name", "order.*"))?.getAll("wantedNames")).toEqual(["order.*"]);
  expect((await query("--name", "order*", "--name", "paid"))?.getAll("wantedNames")).toEqual([]);
});
