import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  definePlugin,
  type Plugin,
  type PluginContext,
  PlumblineError,
  RetryableError,
  type Sink,
  type Source,
} from "@plumbline/core";
import { countResources, createFakeClock, createMemorySink, expectNoLeak } from "@plumbline/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { findReportSockets, readReport, start, type StartOptions, type Telemetry } from "../src/index.ts";
import { scratch } from "./scratch.ts";

/** Started in a folder of its own, without a hook in the test's process; closed when the test is over. */
async function begin(options: StartOptions & { readonly cwd: string }): Promise<Telemetry> {
  const telemetry = await start({ env: {}, handleSignals: false, flushOnExit: false, ...options });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

function linesOf(path: string): readonly Record<string, unknown>[] {
  const text = readFileSync(path, "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function sinkPlugin(sink: Sink, id = "test-sink") {
  return definePlugin({
    id,
    kind: "sink",
    apiVersion: 1,
    create: () => sink,
  });
}

const NO_SINK: Sink = { write: () => undefined, close: () => undefined };

async function rejection(promise: Promise<unknown>): Promise<PlumblineError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!PlumblineError.isInstance(error)) throw new Error("it did not reject with a PlumblineError", { cause: error });
  return error;
}

describe("from a call to the file", () => {
  test("methods work without their object, and a logger's name that is no text names no scope", async () => {
    const cwd = scratch();
    const {
      emit,
      logger,
      with: withAttributes,
      flush,
      report,
      close,
    } = await begin({ cwd, service: { name: "shop" } });
    emit("a", { n: 1 });
    withAttributes({ n: 2 }, () => emit("b"));
    for (const name of [undefined, null, Symbol("s"), { toString: () => "x" }]) {
      logger(name as never, 5 as never).emit("c", { n: 3 });
    }
    await flush();
    expect(report().intake.emitted).toBe(6);
    await close();
    const lines = linesOf(join(cwd, "telemetry/shop.jsonl"));
    expect(lines.map(({ name, attributes, scope }) => [name, attributes, scope])).toEqual([
      ["a", { n: 1 }, undefined],
      ["b", { n: 2 }, undefined],
      ...Array.from({ length: 4 }, () => ["c", { n: 3 }, undefined]),
    ]);
  });

  test("without any config: a journal under ./telemetry, redacted, private, in order", async () => {
    const cwd = scratch();
    const secret = ["hunter", "2"].join("");
    const telemetry = await begin({ cwd, service: { name: "shop", version: "1" } });
    telemetry.emit("shop.opened", { doors: 2, password: secret });
    telemetry.log.warn("low stock", { item: "nails" });
    const id = await telemetry.emitAsync("shop.closed", {}, { severity: "error", error: new TypeError("rain") });
    await telemetry.close();

    const lines = linesOf(join(cwd, "telemetry/shop.jsonl"));
    expect(lines.map(({ name, body, severity }) => `${String(severity)} ${String(name ?? body)}`)).toEqual([
      "INFO shop.opened",
      "WARN low stock",
      "ERROR shop.closed",
    ]);
    expect(lines[2]).toMatchObject({ id, attributes: { "exception.type": "TypeError", "exception.message": "rain" } });
    expect(lines[0]).toMatchObject({
      attributes: { doors: 2 },
      resource: { "service.name": "shop", "service.version": "1", "telemetry.sdk.name": "plumbline" },
    });
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(readdirSync(join(cwd, "telemetry")).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });

  test("from plumbline.yaml: sinks, processors, limits and levels", async () => {
    const cwd = scratch({
      "plumbline.yaml": [
        "service: { name: shop }",
        "minSeverity: debug",
        "levels: { acme.db: warn }",
        "limits: { maxStringLength: 16 }",
        "redact: { keys: [sessionRef] }",
        "journal: { path: ./logs/all.jsonl }",
        "processors: [{ use: rate-limit, perSecond: 0.001, burst: 2, per: name }]",
        "sinks:",
        "  errors: { use: file, path: './logs/{service}-errors.jsonl', minSeverity: error }",
        "  off: { use: '@acme/not-installed', enabled: false }",
      ].join("\n"),
    });
    const telemetry = await begin({ cwd });
    for (let count = 0; count < 3; count++) telemetry.emit("often");
    telemetry.log.debug("x".repeat(40), { sessionRef: "s" });
    telemetry.logger("acme.db.pool", "2").log.info("no");
    telemetry.logger("acme.db.pool", "2").log.error("yes");
    expect(telemetry.report().skipped).toEqual([
      { path: "sinks.off", use: "@acme/not-installed", reason: "enabled is false" },
    ]);
    await telemetry.close();

    const lines = linesOf(join(cwd, "logs/all.jsonl"));
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatchObject({ severity: "DEBUG", attributes: { sessionRef: "[redacted:key]" } });
    expect(String(lines[2]?.["body"]).length).toBeLessThan(40);
    expect(linesOf(join(cwd, "logs/shop-errors.jsonl"))).toMatchObject([
      { body: "yes", scope: { name: "acme.db.pool", version: "2" } },
    ]);
    const { intake, outputs, processors } = telemetry.report();
    expect(intake).toMatchObject({ emitted: 5, filtered: 1, accepted: 4 });
    expect(processors).toMatchObject([{ name: "rate-limit", filtered: 1 }]);
    expect(outputs).toMatchObject([
      { name: "journal", accepted: 4, delivered: 4 },
      { name: "errors", accepted: 4, delivered: 1, filtered: 3 },
    ]);
  });

  test("a service may have no journal at all", async () => {
    const cwd = scratch();
    const sink = createMemorySink();
    const telemetry = await begin({ cwd, journal: false, sinks: { out: { use: sinkPlugin(sink) } } });
    telemetry.emit("a");
    await telemetry.flush();
    expect(sink.lines).toHaveLength(1);
    expect(readdirSync(cwd)).toEqual([]);
    expect(await telemetry.emitAsync("b")).toBeUndefined();
  });

  test("a source's events come like any other, above its scope's level", async () => {
    const cwd = scratch();
    const source = definePlugin({
      id: "ticker",
      kind: "source",
      apiVersion: 1,
      create: (): Source => ({
        start: (emit) => {
          emit({ name: "tick" });
          emit({ name: "tock", severity: "debug" });
          emit(undefined as never);
        },
        close: () => undefined,
      }),
    });
    const telemetry = await begin({ cwd, service: { name: "s" }, sources: { clock: { use: source } } });
    await telemetry.close();
    expect(linesOf(join(cwd, "telemetry/s.jsonl")).map(({ name }) => name)).toEqual(["tick"]);
    expect(telemetry.report().intake).toMatchObject({ emitted: 2, dropped: { failed: 1 } });
  });

  test("a pattern of the team's own takes part in redaction", async () => {
    const cwd = scratch();
    const patterns = [{ id: "acme", pattern: "ACME-[A-Z0-9]{8,12}" }];
    const telemetry = await begin({ cwd, service: { name: "s" }, redact: { patterns } });
    telemetry.log.info("see ACME-12345678 now");
    await telemetry.close();
    expect(linesOf(join(cwd, "telemetry/s.jsonl"))[0]?.["body"]).toBe("see [redacted:acme] now");
  });

  test("a detector from a plugin takes part in redaction", async () => {
    const cwd = scratch();
    const detector = definePlugin({
      id: "acme-ticket",
      kind: "detector",
      apiVersion: 1,
      create: () => ({
        id: "acme-ticket",
        description: "tickets",
        anchors: ["TICKET-"],
        match: (text: string, at: number) => ({ start: at, end: Math.min(text.length, at + 11) }),
      }),
    });
    const telemetry = await begin({ cwd, service: { name: "s" }, redact: { extraDetectors: [{ use: detector }] } });
    telemetry.log.info("see TICKET-1234 now");
    await telemetry.close();
    expect(linesOf(join(cwd, "telemetry/s.jsonl"))[0]?.["body"]).toBe("see [redacted:acme-ticket] now");
  });
});

describe("the telemetry", () => {
  test("levels change while it runs", async () => {
    const telemetry = await begin({ cwd: scratch() });
    const logger = telemetry.logger("acme");
    expect(logger.isEnabled("debug")).toBe(false);
    expect(telemetry.setLevel("acme", "debug")).toBe(true);
    expect(logger.isEnabled("debug")).toBe(true);
    expect(telemetry.isEnabled("debug")).toBe(false);
    expect(telemetry.setLevel("acme", "nonsense" as never)).toBe(false);
  });

  test("with and child give their attributes to every event", async () => {
    const cwd = scratch();
    const telemetry = await begin({ cwd, service: { name: "s" } });
    const child = telemetry.child({ request: 7 });
    await telemetry.with({ tenant: "a" }, async () => {
      await Promise.resolve();
      child.emit("x");
    });
    await telemetry.close();
    expect(linesOf(join(cwd, "telemetry/s.jsonl"))[0]).toMatchObject({ attributes: { tenant: "a", request: 7 } });
  });

  test("closes once, gives everything up, and counts what comes after as closed", async () => {
    const cwd = scratch();
    const before = await countResources();
    const sink = createMemorySink();
    const telemetry = await begin({ cwd, sinks: { out: { use: sinkPlugin(sink) } } });
    telemetry.emit("a");
    const first = telemetry.close();
    expect(telemetry.close()).toBe(first);
    await first;
    telemetry.emit("late");
    await expect(telemetry.emitAsync("late")).rejects.toMatchObject({ code: "PLB_EVENT_DROPPED" });
    expect(telemetry.isEnabled("fatal")).toBe(false);
    expect(telemetry.report().outputs).toMatchObject([
      { dropped: { closed: 2 } },
      { name: "out", delivered: 1, dropped: { closed: 2 } },
    ]);
    expect(sink.calls.filter((call) => call === "close")).toHaveLength(1);
    await expectNoLeak(before, "the telemetry");
  });

  test("await using closes it", async () => {
    const sink = createMemorySink();
    {
      await using telemetry = await start({
        cwd: scratch(),
        env: {},
        handleSignals: false,
        flushOnExit: false,
        journal: false,
        sinks: { out: { use: sinkPlugin(sink) } },
      });
      telemetry.emit("a");
    }
    expect(sink.lines).toHaveLength(1);
    expect(sink.calls.at(-1)).toBe("close");
  });

  test("its accounting can be asked for over its socket, and only while it runs", async () => {
    const cwd = scratch();
    const telemetry = await begin({ cwd, service: { name: "shop" } });
    telemetry.emit("a");
    await telemetry.flush();
    const [socket] = await findReportSockets(join(cwd, "telemetry"));
    expect(socket).toMatchObject({ stem: "shop", pid: process.pid });
    expect(await readReport(socket?.path ?? "")).toMatchObject({
      service: "shop",
      pid: process.pid,
      journal: { path: join(cwd, "telemetry/shop.jsonl"), writtenSeq: 1 },
      outputs: [{ name: "journal", delivered: 1 }],
    });
    await telemetry.close();
    expect(await findReportSockets(join(cwd, "telemetry"))).toEqual([]);
  });

  test("reportSocket: false opens none", async () => {
    const cwd = scratch();
    await begin({ cwd, reportSocket: false });
    expect(await findReportSockets(join(cwd, "telemetry"))).toEqual([]);
  });

  test("a component has a folder of its own, made when it asks, and what it was promised", async () => {
    const cwd = scratch();
    let context: PluginContext | undefined;
    const plugin = definePlugin({
      id: "asks",
      kind: "sink",
      apiVersion: 1,
      create: (_, given): Sink => {
        context = given;
        return { write: () => undefined, close: () => undefined };
      },
    });
    await begin({ cwd, service: { name: "shop" }, sinks: { mine: { use: plugin } } });
    expect(context).toMatchObject({ name: "mine", baseDir: cwd, resource: { "service.name": "shop" } });
    expect(existsSync(join(cwd, "telemetry/shop.data"))).toBe(false);
    expect(context?.dataDir).toBe(join(cwd, "telemetry/shop.data/sinks.mine"));
    expect(existsSync(join(cwd, "telemetry/shop.data/sinks.mine"))).toBe(true);
  });
});

describe("an invalid config", () => {
  const YAML = "servce: 1\nredact: { keys: [sessionRef] }\nsinks:\n  a: { use: '@acme/missing' }\n";

  test("rejects with everything at once, and nothing is opened", async () => {
    const cwd = scratch({ "plumbline.yaml": YAML });
    const error = await rejection(begin({ cwd, minSeverity: "loud" as never }));
    expect(error.code).toBe("PLB_CONFIG_INVALID");
    expect(error.details["problems"]).toMatchObject([
      { code: "PLB_CONFIG_VALUE", path: "minSeverity", file: undefined },
      {
        code: "PLB_CONFIG_UNKNOWN_KEY",
        file: "plumbline.yaml",
        line: 1,
        column: 1,
        path: "servce",
        nearest: "service",
      },
      { code: "PLB_PLUGIN_NOT_FOUND", file: "plumbline.yaml", line: 4, column: 13, path: "sinks.a.use" },
    ]);
    expect(error.message.split("\n")).toEqual([
      "The config is invalid: 3 problems.",
      expect.stringMatching(/^ {2}start\(\) minSeverity: /),
      expect.stringMatching(/^ {2}plumbline\.yaml:1:1 servce: .*did you mean "service"\?/),
      expect.stringMatching(/^ {2}plumbline\.yaml:4:13 sinks\.a\.use: .*npm install @acme\/missing/),
    ]);
    expect(readdirSync(cwd)).toEqual(["plumbline.yaml"]);
  });

  test("with `default` it is told on stderr, and the built-in default runs, with the redaction that was asked for", async () => {
    const cwd = scratch({ "plumbline.yaml": YAML });
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const telemetry = await begin({ cwd, onInvalidConfig: "default", env: { OTEL_SERVICE_NAME: "a/b" } });
    const said = write.mock.calls.map(([text]) => String(text)).join("");
    write.mockRestore();
    expect(said.match(/The config is invalid/g)).toHaveLength(1);
    telemetry.emit("x", { sessionRef: "secret" });
    await telemetry.close();
    const [line] = linesOf(join(cwd, "telemetry/unknown_service.jsonl"));
    expect(line).toMatchObject({ attributes: { sessionRef: "[redacted:key]" }, resource: { "service.name": "a/b" } });
  });
});

describe("what cannot be started", () => {
  test.each([
    ["a path that is a folder", (cwd: string) => mkdirSync(join(cwd, "x.jsonl")), "x.jsonl", "PLB_FILE_IS_DIRECTORY"],
    ["a folder that is a file", () => undefined, "plain/x.jsonl", "PLB_FILE_NOT_A_DIRECTORY"],
  ])("%s is a coded error", async (_, prepare, path, code) => {
    const cwd = scratch({ plain: "" });
    prepare(cwd);
    const error = await rejection(begin({ cwd, journal: { path } }));
    expect(error).toMatchObject({ code: "PLB_START_FAILED", details: { component: "journal", code }, cause: { code } });
  });

  test("a folder where nothing can be made is a coded error", async () => {
    const error = await rejection(begin({ cwd: scratch(), journal: { path: "/sys/plumbline/x.jsonl" } }));
    expect(error.code).toBe("PLB_START_FAILED");
    expect(error.details["code"]).toMatch(/^PLB_FILE_/);
  });

  test("leaves nothing running: what was started before it is closed, what comes after is never started", async () => {
    const before = await countResources();
    const first = createMemorySink();
    const last = createMemorySink();
    const failing = sinkPlugin({ ...NO_SINK, start: () => Promise.reject(new Error("no such far side")) }, "failing");
    const error = await rejection(
      begin({
        cwd: scratch(),
        sinks: {
          first: { use: sinkPlugin(first, "first") },
          failing: { use: failing },
          last: { use: sinkPlugin(last, "last") },
        },
      }),
    );
    expect(error).toMatchObject({ code: "PLB_START_FAILED", details: { component: "sinks.failing" } });
    expect(error.message).toContain("no such far side");
    expect(first.calls).toEqual(["start", "close"]);
    expect(last.calls).toEqual([]);
    await expectNoLeak(before, "a start that failed");
  });

  test("what a source brought before another did not start is no more handed on: a closed sink is given nothing", async () => {
    const clock = createFakeClock();
    const calls: string[] = [];
    const sink: Sink = {
      write: () => {
        calls.push("write");
        return Promise.reject(new RetryableError("not now"));
      },
      close: () => void calls.push("close"),
    };
    const source = (id: string, start: Source["start"]): Plugin<"source"> =>
      definePlugin({ id, kind: "source", apiVersion: 1, create: () => ({ start, close: () => undefined }) });
    const starting = rejection(
      begin({
        cwd: scratch(),
        clock,
        journal: false,
        sinks: { far: { use: sinkPlugin(sink) } },
        sources: {
          a: { use: source("a", (emit) => emit({ name: "tick" })) },
          b: {
            use: source("b", async () => {
              while (calls.length === 0) await clock.advance(1);
              throw new Error("no");
            }),
          },
        },
      }),
    );
    const settled = new AbortController();
    void starting.finally(() => settled.abort());
    while (!settled.signal.aborted) await clock.advance(1);
    expect(await starting).toMatchObject({ code: "PLB_START_FAILED", details: { component: "sources.b" } });
    await clock.advance(60_000);
    expect(calls.slice(calls.indexOf("close"))).not.toContain("write");
    expect(calls).toContain("close");
    expect(clock.pendingTimers).toBe(0);
  });

  test("does not hold the service up for ever", async () => {
    const clock = createFakeClock();
    const never = sinkPlugin({ ...NO_SINK, start: () => new Promise(() => undefined) });
    const starting = rejection(
      begin({ cwd: scratch(), clock, journal: false, startTimeoutMs: 500, sinks: { slow: { use: never } } }),
    );
    const settled = new AbortController();
    void starting.finally(() => settled.abort());
    while (!settled.signal.aborted) await clock.advance(100);
    expect(await starting).toMatchObject({ code: "PLB_START_TIMEOUT", details: { component: "sinks.slow" } });
  });

  test("a plugin whose create throws, or makes nonsense, is a coded error before anything is opened", async () => {
    const cwd = scratch();
    const throwing = definePlugin({
      id: "throws",
      kind: "sink",
      apiVersion: 1,
      create: (): Sink => {
        throw new Error("no");
      },
    });
    expect(await rejection(begin({ cwd, sinks: { a: { use: throwing } } }))).toMatchObject({
      code: "PLB_PLUGIN_CREATE_FAILED",
    });
    const nonsense = definePlugin({ id: "nonsense", kind: "sink", apiVersion: 1, create: () => ({}) as Sink });
    expect(await rejection(begin({ cwd, sinks: { a: { use: nonsense } } }))).toMatchObject({
      code: "PLB_PLUGIN_INSTANCE_INVALID",
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("two components with one name in reports are refused", async () => {
    const error = await rejection(begin({ cwd: scratch(), sinks: { journal: { use: "stdout" } } }));
    expect(error).toMatchObject({
      code: "PLB_CONFIG_INVALID",
      details: { problems: [{ code: "PLB_CONFIG_SAME_NAME" }] },
    });
  });
});

describe("OTEL_SDK_DISABLED", () => {
  test("takes nothing, opens nothing and reads nothing", async () => {
    const cwd = scratch({ "plumbline.yaml": "this is: [not a config" });
    const telemetry = await begin({ cwd, env: { OTEL_SDK_DISABLED: "True" } });
    expect(telemetry.isEnabled("fatal")).toBe(false);
    telemetry.emit("a");
    telemetry.log.fatal("b");
    expect(await telemetry.emitAsync("c")).toBeUndefined();
    await telemetry.flush();
    await telemetry.close();
    expect(readdirSync(cwd)).toEqual(["plumbline.yaml"]);
  });
});
