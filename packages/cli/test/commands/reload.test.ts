import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
import { startTarget } from "../reload/programmed-target.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function folder(): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "in"));
  return cwd;
}

describe("a watch interval of 0", () => {
  test("writes the outputs, tells nobody and ends: scenario 7 of Thanos", async () => {
    const cwd = folder();
    const target = await startTarget();
    writeFileSync(join(cwd, "in/config"), gzipSync("a: $(ONE)\n"));
    writeFileSync(join(cwd, "in/rule"), "b: ${ONE}\n");
    const args = ["--config-file=in/config", "--config-envsubst-file=out/config", "--config-dir=in=rules"];
    const once = ["--watch-interval=0", `--reload-url=${target.url}`];
    const { code, err } = await runCommand(["reload", ...args, ...once], { cwd, env: { ONE: "1" } });
    expect({ code, target: target.answered }).toEqual({ code: 0, target: [] });
    expect(err).toContain("applied");
    expect(readFileSync(join(cwd, "out/config"), "utf8")).toBe("a: 1\n");
    expect(readFileSync(join(cwd, "rules/rule"), "utf8")).toBe("b: 1\n");
  });

  test.each([
    ["in/missing", {}, "PLB_CLI_RELOAD_NOT_WRITTEN"],
    ["in/config", {}, "PLB_CLI_RELOAD_UNSET"],
  ])("fails where there is nothing good to write from: %s", async (file, env, code) => {
    const cwd = folder();
    writeFileSync(join(cwd, "in/config"), "a: $(ONE)\n");
    const args = ["reload", `--config-file=${file}`, "--config-envsubst-file=out/config", "--watch-interval=0"];
    const result = await runCommand(args, { cwd, env });
    expect(result.code).toBe(3);
    expect(result.err).toContain(code);
    expect(existsSync(join(cwd, "out/config"))).toBe(false);
  });

  test("puts in the ordinal of a stateful set's pod", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "in/config"), "shard: $(STATEFULSET_ORDINAL_NUMBER)\n");
    const args = ["reload", "--config-file=in/config", "--config-envsubst-file=out/config", "--watch-interval=0"];
    const ordinal = "--statefulset-ordinal-from-envvar=POD_NAME";
    expect((await runCommand([...args, ordinal], { cwd, env: { POD_NAME: "prometheus-main-12" } })).code).toBe(0);
    expect(readFileSync(join(cwd, "out/config"), "utf8")).toBe("shard: 12\n");
    expect((await runCommand([...args, ordinal], { cwd, env: { POD_NAME: "prometheus" } })).code).toBe(2);
  });
});

describe("options that contradict one another are refused before anything is begun", () => {
  const file = "--config-file=in/config";
  const output = "--config-envsubst-file=out/config";
  const url = "--reload-url=http://127.0.0.1:1/";
  test.each([
    [[url], "nothing to watch"],
    [[file], "nobody is told"],
    [[output, url], "goes with --config-file"],
    [[file, "--config-envsubst-file=in/../in/config", url], "same file"],
    [[file, url, "--pid=1"], "told in one way"],
    [[file, "--config-envsubst-file=in/out", "--watched-dir=in", url], "is written to, and watched"],
    [["--config-dir=a=b", "--config-dir=b=c"], "is written to, and watched"],
    [["--config-dir=a=c", "--config-dir=b=c"], "write to the same directory"],
    [["--watched-dir=in", url, "--validate=true"], "--validate goes with"],
    [[file, url, "--validate-each=true"], "--validate-each goes with"],
    [[file, output, "--reload-header=a: b"], "--reload-header goes with --reload-url"],
    [[file, output, "--basic-auth-password-file=a"], "--basic-auth-password-file goes with --reload-url"],
    [[file, output, "--tls-key-file=a"], "--tls-key-file goes with --reload-url"],
    [[file, output, "--signal=HUP"], "--signal goes with"],
    [[file, url, "--refused-exit-code=1"], "--refused-exit-code goes with"],
    [[file, url, "--basic-auth-user=a"], "go together"],
    [[file, url, "--tls-key-file=a"], "go together"],
    [[file, url, "--basic-auth-user=a", "--basic-auth-password-file=b", "--bearer-file=c"], "not both"],
  ])("%j", async (args, message) => {
    const { code, err } = await runCommand(["reload", ...args], { cwd: folder() });
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test.each([
    "--watch-interval=5",
    "--delay-interval=0",
    "--listen-address=localhost",
    "--signal=HOP",
    "--pid=0",
    "--output-mode=888",
    "--reload-status=ok",
    "--refused-exit-code=a",
    "--max-refusals=0",
    "--validate='a",
    "--reload-header=a",
    "--config-dir=a",
    "--watched-dir=",
    "--log-format=xml",
    "--variable-syntax=square",
    "--reload-url=ftp://127.0.0.1/",
  ])("a value that is none: %s", async (arg) => {
    expect((await runCommand(["reload", "--config-file=in/config", arg], { cwd: folder() })).code).toBe(2);
  });
});

describe("while it runs", () => {
  async function start(args: readonly string[], env: Record<string, string> = {}) {
    const cwd = folder();
    writeFileSync(join(cwd, "in/config"), "first");
    const recorded = recordedConsole({ cwd, env });
    const lines = (): Record<string, unknown>[] =>
      recorded
        .err()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const ended = run(
      [
        "reload",
        "--config-file=in/config",
        "--config-envsubst-file=out/config",
        "--listen-address=127.0.0.1:0",
        "--log-format=json",
        "--delay-interval=1ms",
        "--watch-interval=20ms",
        ...args,
      ],
      recorded.console,
    );
    const logged = async (event: string, count = 1): Promise<Record<string, unknown>> => {
      for (;;) {
        const found = lines().filter((line) => line["event"] === event);
        const last = found[count - 1];
        if (last !== undefined) return last;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const get = async (path: string, method = "GET") => {
      const { port } = await logged("listening");
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method });
      return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
    };
    const stop = async (): Promise<number> => {
      recorded.interruptions.terminate();
      return ended;
    };
    return { cwd, recorded, logged, get, stop, write: (text: string) => writeFileSync(join(cwd, "in/config"), text) };
  }

  test("the pages tell the truth: good, refused with the reason, good again; the end has the code of SIGTERM", async () => {
    const target = await startTarget();
    const { cwd, logged, get, stop, write } = await start([`--reload-url=${target.url}`, "--refused-status=400"]);
    await logged("applied");
    expect(await get("/healthz")).toMatchObject({ status: 200, text: '{"status":"ok","reasons":[],"generation":1}\n' });
    expect(await get("/metrics")).toMatchObject({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    expect((await get("/metrics")).text).toContain('\nreloader_info{method="http"} 1\n');
    expect((await get("/elsewhere")).status).toBe(404);
    expect((await get("/metrics", "POST")).status).toBe(405);

    target.answer(() => (readFileSync(join(cwd, "out/config"), "utf8") === "faulty" ? 400 : 200));
    write("faulty");
    expect(await logged("rejected")).toMatchObject({ severity: "ERROR", code: "PLB_WATCH_REJECTED", generation: 2 });
    const health = await get("/healthz");
    expect(health.status).toBe(503);
    expect(health.text).toContain("refused the config: 400");
    expect((await get("/livez")).status).toBe(200);
    expect((await get("/metrics")).text).toContain("\nreloader_last_reload_successful 0\n");
    expect(readFileSync(join(cwd, "out/config"), "utf8")).toBe("first");

    write("third");
    await logged("applied", 2);
    expect((await get("/healthz")).status).toBe(200);
    expect(await stop()).toBe(143);
  });

  test("each request carries what was asked for, and secrets come from files that may change", async () => {
    const target = await startTarget();
    const seen: unknown[] = [];
    target.answer(() => (response, { method, headers }) => {
      seen.push([method, headers["x-team"], headers.authorization]);
      response.writeHead(204).end();
    });
    const secrets = temporaryFolder();
    const token = join(secrets, "token");
    writeFileSync(token, "one\n");
    const { logged, stop, write } = await start([
      `--reload-url=${target.url}`,
      "--reload-method=PUT",
      "--reload-status=204",
      "--reload-header=X-Team: a: b",
      `--bearer-file=${token}`,
    ]);
    await logged("applied");
    writeFileSync(token, "two\n");
    write("second");
    await logged("applied", 2);
    expect(seen).toEqual([
      ["PUT", "a: b", "Bearer one"],
      ["PUT", "a: b", "Bearer two"],
    ]);
    await stop();
  });

  test("a command is told with its words, and refuses by its exit code", async () => {
    const code = "process.exit(require('fs').readFileSync('out/config', 'utf8') === 'faulty' ? 7 : 0)";
    const cwdArgs = [`--command='${process.execPath}' -e "process.chdir(process.argv[1]); ${code}"`];
    const where = temporaryFolder();
    const { cwd, logged, stop, write } = await start([
      `${cwdArgs.join("")} '${where}'`,
      "--refused-exit-code=7",
      `--last-good=${join(where, "kept")}`,
    ]);
    mkdirSync(join(where, "out"));
    expect(cwd).not.toBe(where);
    writeFileSync(join(where, "out/config"), "good");
    await logged("applied");
    writeFileSync(join(where, "out/config"), "faulty");
    write("second");
    expect(await logged("rejected")).toMatchObject({ code: "PLB_WATCH_REJECTED" });
    expect(existsSync(join(where, "kept"))).toBe(true);
    await stop();
  });

  test("a port that somebody has ends it before anything is written", async () => {
    const target = await startTarget();
    const { host } = new URL(target.url);
    const cwd = folder();
    writeFileSync(join(cwd, "in/config"), "first");
    const args = ["reload", "--config-file=in/config", "--config-envsubst-file=out/config", `--listen-address=${host}`];
    const { code, err } = await runCommand(args, { cwd });
    expect(code).toBe(3);
    expect(err).toContain("PLB_CLI_RELOAD_LISTEN");
    expect(existsSync(join(cwd, "out/config"))).toBe(false);
  });
});
