import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  createCommandTrigger,
  createFunctionTrigger,
  createHttpTrigger,
  createSignalTrigger,
  type HttpTriggerOptions,
} from "../src/index.ts";
import { startTarget, type Answer, type HttpTarget } from "./http-target.ts";

const never = new AbortController().signal;

let folder: string;
const targets: HttpTarget[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-trigger-"));
});
afterAll(async () => {
  await Promise.all(targets.map((target) => target.close()));
  await rm(folder, { recursive: true, force: true });
});

async function target(answer: Answer): Promise<HttpTarget> {
  const started = await startTarget(answer);
  targets.push(started);
  return started;
}

describe("HTTP", () => {
  const ok: Answer = (_request, response) => void response.end();

  test("posts to the target, and is content with 200", async () => {
    const { url, requests } = await target(ok);
    const trigger = createHttpTrigger({ url: `${url}/-/reload` });
    await trigger.fire(never);
    expect(requests).toEqual(["POST /-/reload"]);
    expect(trigger.method).toBe("http");
  });

  test("sends method, headers and body, and expects the statuses that it is told", async () => {
    let seen: unknown;
    const { url, requests } = await target((request, response, body) => {
      seen = { body, type: request.headers["content-type"], length: request.headers["content-length"] };
      response.writeHead(204).end();
    });
    const options = { url, method: "PUT", headers: { "content-type": "text/plain" }, body: "réload" };
    await expect(createHttpTrigger(options).fire(never)).rejects.toMatchObject({ code: "PLB_WATCH_TRIGGER_FAILED" });
    await createHttpTrigger({ ...options, expectedStatuses: [200, 204] }).fire(never);
    expect(requests).toEqual(["PUT /", "PUT /"]);
    expect(seen).toEqual({ body: "réload", type: "text/plain", length: "7" });
  });

  test("follows no redirect, and tells a refused config from a failure", async () => {
    const { url, requests } = await target((request, response) => {
      response.writeHead(request.url?.startsWith("/moved") === true ? 302 : 422, { location: "/" }).end();
    });
    const moved = createHttpTrigger({ url: `${url}/moved?token=abc` });
    const failure = moved.fire(never);
    await expect(failure).rejects.toMatchObject({
      code: "PLB_WATCH_TRIGGER_FAILED",
      message: `${url}/moved answered 302.`,
    });
    const refused = createHttpTrigger({ url, rejectedStatuses: [422] }).fire(never);
    await expect(refused).rejects.toMatchObject({ code: "PLB_WATCH_REJECTED" });
    expect(requests).toHaveLength(2);
  });

  test("says who it is, by a password or a token that is asked for each time, and tells neither", async () => {
    const seen: unknown[] = [];
    const { url } = await target((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    const password = ["corr", "ect"].join("");
    let token = 0;
    const basic = createHttpTrigger({ url, basicAuth: { user: "me", password: `${password}\n` } });
    const bearer = createHttpTrigger({ url, bearer: async () => `token-${++token}` });
    for (const trigger of [basic, bearer, bearer]) {
      const error: unknown = await trigger.fire(never).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "PLB_WATCH_TRIGGER_FAILED" });
      expect(String(error)).not.toMatch(/correct|token-/);
    }
    expect(seen).toEqual([
      `Basic ${Buffer.from(`me:${password}`).toString("base64")}`,
      "Bearer token-1",
      "Bearer token-2",
    ]);
  });

  test("gives up a target that hangs, at the timeout and as soon as the signal aborts", async () => {
    const { url, requests } = await target(() => undefined);
    const clock = createFakeClock();
    const slow = createHttpTrigger({ url, timeoutMs: 5000, clock }).fire(never);
    const timedOut = slow.catch((error: unknown) => error);
    while (requests.length === 0) await clock.advance(0);
    await clock.advance(5000);
    expect(await timedOut).toMatchObject({ message: `The request to ${url}/ did not end within 5000 ms.` });
    expect(clock.pendingTimers).toBe(0);

    const controller = new AbortController();
    const given = createHttpTrigger({ url, clock }).fire(controller.signal);
    const aborted = given.catch((error: unknown) => error);
    while (requests.length === 1) await clock.advance(0);
    const reason = new Error("newer content");
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
    await expect(createHttpTrigger({ url }).fire(controller.signal)).rejects.toBe(reason);
  });

  test("a target that refuses connections is a failure that names the system's code", async () => {
    const gone = await startTarget(ok);
    await gone.close();
    const failure = createHttpTrigger({ url: gone.url }).fire(never);
    await expect(failure).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("waits until the runtime information confirms, also when its time has not moved within the second", async () => {
    const second = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();
    let loaded = { lastConfigTime: second(0), reloadConfigSuccess: true };
    let polls = 0;
    const { url, requests } = await target((request, response) => {
      if (request.method === "POST") {
        loaded = { ...loaded, reloadConfigSuccess: false };
        response.end();
        return;
      }
      // The second look after the request still shows the old one.
      if (++polls >= 4) loaded = { lastConfigTime: second(Date.now()), reloadConfigSuccess: true };
      response.end(JSON.stringify({ status: "success", data: loaded }));
    });
    const options: HttpTriggerOptions = { url, confirm: { url: `${url}/info`, intervalMs: 1 } };
    await createHttpTrigger(options).fire(never);
    expect(requests).toEqual(["GET /info", "POST /", "GET /info", "GET /info", "GET /info"]);
    await createHttpTrigger(options).fire(never);
    expect(requests).toHaveLength(8);
  });

  test("is not confirmed by what was true before, by another form, or by a function that says no", async () => {
    const { url } = await target((request, response) => {
      const page = request.url === "/other" ? "<html>" : JSON.stringify({ data: { lastConfigTime: new Date(0) } });
      response.end(request.method === "POST" ? "" : page);
    });
    const confirms = [
      { url: `${url}/info` },
      { url: `${url}/other` },
      { url: `${url}/info`, isConfirmed: () => false },
    ];
    for (const confirm of confirms) {
      const fired = createHttpTrigger({ url, confirm: { ...confirm, intervalMs: 1, timeoutMs: 50 } }).fire(never);
      await expect(fired).rejects.toMatchObject({
        code: "PLB_WATCH_TRIGGER_FAILED",
        message: expect.stringContaining("confirmation"),
      });
    }
  });

  test.each(["", "reload", "ftp://127.0.0.1/", "http://me:secret@127.0.0.1/"])(
    "refuses the address %j, without quoting it",
    (url) => {
      const made = (): unknown => createHttpTrigger({ url });
      expect(made).toThrow(expect.objectContaining({ code: "PLB_WATCH_OPTION_INVALID" }));
      expect(made).not.toThrow(/secret/);
    },
  );
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("skipped: HTTPS: there is no openssl to make a certificate with");

describe.runIf(hasOpenssl)("HTTPS", () => {
  let server: HttpTarget;
  const path = (name: string): string => join(folder, name);
  beforeAll(async () => {
    const subject = ["-subj", "/CN=target.test", "-addext", "subjectAltName=DNS:target.test"];
    const made = spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      path("key.pem"),
      "-out",
      path("cert.pem"),
      ...subject,
    ]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
    const [key, cert] = await Promise.all([readFile(path("key.pem")), readFile(path("cert.pem"))]);
    const ask = { requestCert: true, rejectUnauthorized: false, ca: cert };
    server = await startTarget(
      (request, response) => {
        const { authorized } = request.socket as unknown as { authorized: boolean };
        response.writeHead(authorized ? 200 : 401).end();
      },
      { key, cert, ...ask },
    );
    targets.push(server);
  });

  const mutual = (): HttpTriggerOptions["tls"] => ({
    caFile: path("cert.pem"),
    certFile: path("cert.pem"),
    keyFile: path("key.pem"),
    serverName: "target.test",
  });

  test("trusts the authority that it is given, shows its own certificate, and checks the name", async () => {
    await createHttpTrigger({ url: server.url, tls: { ...mutual() } }).fire(never);
    const nameless = createHttpTrigger({ url: server.url, tls: { ...mutual(), serverName: "other.test" } });
    await expect(nameless.fire(never)).rejects.toMatchObject({ cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
    const untrusted = createHttpTrigger({ url: server.url, tls: { serverName: "target.test" } });
    await expect(untrusted.fire(never)).rejects.toMatchObject({ code: "PLB_WATCH_TRIGGER_FAILED" });
    const unknown = createHttpTrigger({
      url: server.url,
      tls: { caFile: path("cert.pem"), serverName: "target.test" },
    });
    await expect(unknown.fire(never)).rejects.toMatchObject({ message: expect.stringContaining("401") });
    const trusting = createHttpTrigger({
      url: server.url,
      expectedStatuses: [401],
      tls: { rejectUnauthorized: false },
    });
    await trusting.fire(never);
  });
});

describe("signal", () => {
  /** Prints `ready`, then the names of signals that it gets. */
  const script = `process.on("SIGHUP", () => console.log("SIGHUP")); process.on("SIGUSR2", () => console.log("SIGUSR2")); console.log("ready"); setInterval(() => {}, 1000)`;

  test("reaches a process by its id, by a file, and by its name", async () => {
    const command = join(folder, "a-long-program-name-of-ours");
    await symlink(process.execPath, command);
    const child = spawn(command, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const next = async (): Promise<string> => String((await once(child.stdout, "data"))[0]).trim();
    try {
      expect(await next()).toBe("ready");
      const { pid = 0 } = child;
      const pidFile = join(folder, "program.pid");
      await writeFile(pidFile, `${pid}\n`);
      for (const target of [{ pid }, { pidFile }, { processName: "a-long-program-name-of-ours" }]) {
        const got = next();
        await createSignalTrigger({ target }).fire(never);
        expect(await got).toBe("SIGHUP");
      }
      const got = next();
      await createSignalTrigger({ target: { pid }, signal: "SIGUSR2" }).fire(never);
      expect(await got).toBe("SIGUSR2");
      const twin = spawn(command, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      await once(twin.stdout, "data");
      const both = createSignalTrigger({ target: { processName: "a-long-program-name-of-ours" } }).fire(never);
      await expect(both).rejects.toMatchObject({ message: expect.stringContaining("2 processes are named") });
      twin.kill("SIGKILL");
      await once(twin, "exit");
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    const gone = createSignalTrigger({ target: { pid: child.pid ?? 0 } }).fire(never);
    await expect(gone).rejects.toMatchObject({ code: "PLB_WATCH_TRIGGER_FAILED", cause: { code: "ESRCH" } });
  });

  test("never goes to a group of processes, nor to nobody", async () => {
    const path = join(folder, "bad.pid");
    for (const text of ["0", "-1", "", "abc", "99999999999"]) {
      await writeFile(path, text);
      const fired = createSignalTrigger({ target: { pidFile: path } }).fire(never);
      await expect(fired).rejects.toMatchObject({
        code: "PLB_WATCH_TRIGGER_FAILED",
        message: expect.stringContaining("holds no process id"),
      });
    }
    for (const target of [
      { pid: 0 },
      { pid: -5 },
      { pidFile: join(folder, "none") },
      { processName: "nobody-is-named-so" },
    ]) {
      await expect(createSignalTrigger({ target }).fire(never)).rejects.toMatchObject({
        code: "PLB_WATCH_TRIGGER_FAILED",
      });
    }
  });
});

/** Resolves when the process has ended, by itself or with the test. */
async function ended(pid: number): Promise<void> {
  onTestFinished(async () => {
    if (await isRunning(pid)) process.kill(pid, "SIGKILL");
  });
  while (await isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false; // there is none
  }
  // One that has ended is still there until somebody asks after it, and for an orphan there may be nobody who does.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) [ZX] /.test(stat);
}

describe("command", () => {
  const node = (script: string, options: object = {}): ReturnType<typeof createCommandTrigger> =>
    createCommandTrigger({ command: process.execPath, args: ["-e", script], ...options });

  test("is judged by its exit code", async () => {
    await node("0").fire(never);
    await node("process.exit(3)", { expectedExitCodes: [0, 3] }).fire(never);
    await expect(node("process.exit(3)").fire(never)).rejects.toMatchObject({
      code: "PLB_WATCH_TRIGGER_FAILED",
      message: expect.stringContaining("ended with 3"),
    });
    const refused = node("process.exit(4)", { rejectedExitCodes: [4] }).fire(never);
    await expect(refused).rejects.toMatchObject({ code: "PLB_WATCH_REJECTED" });
    await expect(node("process.kill(process.pid, 'SIGKILL')").fire(never)).rejects.toMatchObject({
      message: expect.stringContaining("SIGKILL"),
    });
    const missing = createCommandTrigger({ command: join(folder, "no-such-program") }).fire(never);
    await expect(missing).rejects.toMatchObject({ cause: { code: "ENOENT" } });
  });

  test("is given its arguments as they are, its environment and its folder", async () => {
    const args = ["-e", "require('fs').writeFileSync('out', process.argv[1] + process.env.WHAT)", "$(rm -rf x); \"'"];
    await createCommandTrigger({ command: process.execPath, args, env: { WHAT: "!" }, cwd: folder }).fire(never);
    expect(await readFile(join(folder, "out"), "utf8")).toBe("$(rm -rf x); \"'!");
  });

  test("that hangs is ended with all that it started, also when it does not want to", async () => {
    const pidFile = join(folder, "grandchild.pid");
    const stubborn = `process.on("SIGTERM", () => {}); const { pid } = require("child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]); require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(pid)); setInterval(() => {}, 1000)`;
    const controller = new AbortController();
    const fired = node(stubborn).fire(controller.signal);
    const aborted = fired.catch((error: unknown) => error);
    let pid = 0;
    while (pid === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      pid = Number(await readFile(pidFile, "utf8").catch(() => "0"));
    }
    controller.abort(new Error("newer content"));
    expect(await aborted).toMatchObject({ message: "newer content" });
    await ended(pid);
  });

  test("that ends at once leaves nobody behind of those it started", async () => {
    const pidFile = join(folder, "left.pid");
    // The inner one says when it no longer hears of SIGTERM.
    const script = `(trap "" TERM; sh -c 'echo $PPID' > ${pidFile}; while :; do sleep 0.1; done) & wait`;
    const controller = new AbortController();
    const fired = createCommandTrigger({ command: "sh", args: ["-c", script] }).fire(controller.signal);
    const aborted = fired.catch((error: unknown) => error);
    const pids = async (): Promise<string> => readFile(pidFile, "utf8").catch(() => "");
    while (!/^\d+\n$/.test(await pids())) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error("newer content"));
    expect(await aborted).toMatchObject({ message: "newer content" });
    const pid = Number(await pids());
    await ended(pid); // it was sent what nobody survives
  });

  test("has its time", async () => {
    const fired = node("setInterval(() => {}, 1000)", { timeoutMs: 200 }).fire(never);
    await expect(fired).rejects.toMatchObject({ message: expect.stringContaining("did not end within 200 ms") });
  });
});

test("a function is called, with its signal, and what it rejects with is passed on", async () => {
  const error = new Error("no");
  await expect(createFunctionTrigger(() => Promise.reject(error)).fire(never)).rejects.toBe(error);
  let got: AbortSignal | undefined;
  await createFunctionTrigger((signal) => {
    got = signal;
  }).fire(never);
  expect(got).toBe(never);
});
