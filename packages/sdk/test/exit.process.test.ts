import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { readLines, run } from "./child.ts";
import { scratch } from "./scratch.ts";

const COUNT = 500;

/** The indexes that a journal holds, in order. */
function indexesOf(path: string): readonly unknown[] {
  return readLines(path).map(({ attributes }) => (attributes as { index?: unknown }).index);
}

const ALL = Array.from({ length: COUNT }, (_, index) => index);

describe.concurrent("nothing is lost at the end of a process", () => {
  test.for([
    ["natural", 0],
    ["process.exit", 3],
    ["throw", 1],
    ["rejection", 1],
    ["emit on beforeExit", 0],
  ] as const)("%s: journal", async ([ending, code], { onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("ends.mjs", [ending], { cwd });
    expect(ended).toMatchObject({ code, signal: null });
    expect(indexesOf(join(cwd, "telemetry/unknown_service.jsonl"))).toEqual(ALL);
    expect(readdirSync(join(cwd, "telemetry")).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });

  test.for([
    ["natural", 0],
    ["process.exit", 3],
    ["throw", 1],
  ] as const)("%s: a plain file and standard output, without a journal", async ([ending, code], { onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const options = JSON.stringify({
      journal: false,
      sinks: { out: { use: "stdout" }, copy: { use: "file", path: "copy.jsonl" } },
    });
    const ended = await run("ends.mjs", [ending, options], { cwd });
    expect(ended.code).toBe(code);
    expect(indexesOf(join(cwd, "copy.jsonl"))).toEqual(ALL);
    const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.map((line) => (JSON.parse(line) as { attributes: { index: number } }).attributes.index)).toEqual(ALL);
  });

  test.for(["SIGTERM", "SIGINT"] as const)(
    "%s is raised again, as if nobody had listened",
    async (signal, { onTestFinished }) => {
      const cwd = scratch({}, onTestFinished);
      const ended = await run("ends.mjs", ["signal"], { cwd, signals: [signal] });
      expect(ended).toMatchObject({ code: null, signal });
      expect(indexesOf(join(cwd, "telemetry/unknown_service.jsonl"))).toEqual(ALL);
      expect(readdirSync(join(cwd, "telemetry")).filter((name) => name.endsWith(".sock"))).toEqual([]);
    },
  );

  test("a signal while events still come: the lines are whole and without a hole", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("ends.mjs", ["signal while emitting"], { cwd, signals: ["SIGTERM"] });
    expect(ended.signal).toBe("SIGTERM");
    const indexes = indexesOf(join(cwd, "telemetry/unknown_service.jsonl"));
    expect(indexes.length).toBeGreaterThan(0);
    expect(indexes).toEqual(indexes.map((_, index) => index));
  });

  test("a signal that the service listens for is the service's: it ends in its own time, with its own code", async ({
    onTestFinished,
  }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("ends.mjs", ["signal, own listener"], { cwd, signals: ["SIGTERM"] });
    expect(ended).toMatchObject({ code: 5, signal: null });
    expect(indexesOf(join(cwd, "telemetry/unknown_service.jsonl"))).toEqual([...ALL, COUNT]);
  });

  test("two telemetries in one process do not wait for each other", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("ends.mjs", ["signal, two telemetries"], { cwd, signals: ["SIGTERM"] });
    expect(ended.signal).toBe("SIGTERM");
    expect(indexesOf(join(cwd, "telemetry/unknown_service.jsonl"))).toEqual(ALL);
    expect(indexesOf(join(cwd, "second.jsonl"))).toEqual(ALL);
  });

  test("a job that has nothing else to do waits for start, flush, rotate and close, whatever the far side does", async ({
    onTestFinished,
  }) => {
    const cwd = scratch({}, onTestFinished);
    const stdout = "started\nPLB_FLUSH_INCOMPLETE\nPLB_ROTATE_INCOMPLETE\nsink closed\nended\n";
    expect(await run("far-side-down.mjs", [], { cwd })).toMatchObject({ code: 0, stdout });
  });

  test("handleSignals: false leaves signals alone", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const options = JSON.stringify({ handleSignals: false });
    const ended = await run("ends.mjs", ["signal, not handled", options], { cwd, signals: ["SIGTERM"] });
    expect(ended.signal).toBe("SIGTERM");
  });
});

describe.concurrent("node --import @plumbline/sdk/register", () => {
  // A specifier on the command line is resolved from the working directory, which a service's own package is in.
  const register = ["--import", new URL("../dist/register.js", import.meta.url).href];

  test.for(["natural", "exit"])(
    "wires a service with no change to its code: %s",
    async (ending, { onTestFinished }) => {
      const cwd = scratch({ "plumbline.yaml": "service: { name: shop }\n" }, onTestFinished);
      const ended = await run("registered.mjs", [ending], { cwd, execArgv: register });
      expect(ended).toMatchObject({ code: 0, stdout: "string\ntrue\n", stderr: "" });
      const lines = readLines(join(cwd, "telemetry/shop.jsonl"));
      expect(lines.map(({ name }) => name)).toEqual(["early", "with.attributes", "awaited", "late"]);
      expect(lines[1]).toMatchObject({ attributes: { request: 7, part: "a" } });
    },
  );

  test("says once what is wrong with the config, and lives on with the built-in default", async ({
    onTestFinished,
  }) => {
    const cwd = scratch(
      { "plumbline.yaml": "servce: 1\nsinks: { a: { use: nowhere-to-be-found } }\n" },
      onTestFinished,
    );
    const ended = await run("registered.mjs", [], { cwd, execArgv: register });
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/PLB_CONFIG_UNKNOWN_KEY/g)).toHaveLength(1);
    expect(ended.stderr.match(/PLB_PLUGIN_NOT_FOUND/g)).toHaveLength(1);
    expect(readLines(join(cwd, "telemetry/unknown_service.jsonl"))).toHaveLength(4);
  });

  test("lives on without telemetry where nothing can be started, and says so once", async ({ onTestFinished }) => {
    const cwd = scratch({ telemetry: "a file where the folder should be" }, onTestFinished);
    const ended = await run("registered.mjs", [], { cwd, execArgv: register });
    expect(ended).toMatchObject({ code: 0, stdout: "undefined\ntrue\n" });
    expect(ended.stderr.match(/the service runs without telemetry/g)).toHaveLength(1);
    expect(readFileSync(join(cwd, "telemetry"), "utf8")).toBe("a file where the folder should be");
  });

  test("lives on where the working directory is gone", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const remove = 'import { rmdirSync } from "node:fs"; process.chdir("empty"); rmdirSync("../empty");';
    writeFileSync(join(cwd, "remove.mjs"), remove);
    mkdirSync(join(cwd, "empty"));
    const execArgv = ["--import", pathToFileURL(join(cwd, "remove.mjs")).href, ...register];
    const ended = await run("without-folder.mjs", [], { cwd, execArgv });
    expect(ended).toMatchObject({ code: 0, stdout: "done\n" });
    expect(ended.stderr.match(/the service runs without telemetry/g)).toHaveLength(1);
  });

  test("says how many events an exit in the first moments has lost", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("exits-at-once.mjs", [], { cwd, execArgv: register });
    const written = readLines(join(cwd, "telemetry/unknown_service.jsonl")).length;
    const lost = Number(/plumbline: (\d+) events were lost/.exec(ended.stderr)?.[1] ?? 0);
    expect(written + lost).toBe(3);
  });

  test.for(["exits-at-once.mjs", "throws-at-once.mjs"])(
    "as `--import` finds it, it is there before the service begins: %s loses none",
    async (program, { onTestFinished }) => {
      const cwd = scratch({}, onTestFinished);
      const awaited = ["--import", new URL("../dist/register-import.js", import.meta.url).href];
      await run(program, [], { cwd, execArgv: awaited });
      expect(readLines(join(cwd, "telemetry/unknown_service.jsonl"))).toHaveLength(3);
    },
  );

  test("a package's `--import` leads to the module that waits", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      exports: Record<string, Record<string, string>>;
    };
    expect(manifest.exports["./register"]).toMatchObject({
      import: "./dist/register-import.js",
      default: "./dist/register.js",
    });
  });

  test("a signal in the first moments waits for what was emitted before it", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("killed-early.mjs", [], { cwd, execArgv: register });
    expect(ended).toMatchObject({ signal: "SIGTERM", stderr: "" });
    expect(readLines(join(cwd, "telemetry/unknown_service.jsonl"))).toHaveLength(3);
  });

  test("OTEL_SDK_DISABLED turns it off", async ({ onTestFinished }) => {
    const cwd = scratch({}, onTestFinished);
    const ended = await run("registered.mjs", [], { cwd, execArgv: register, env: { OTEL_SDK_DISABLED: "true" } });
    expect(ended).toMatchObject({ code: 0, stdout: "undefined\ntrue\n", stderr: "" });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test("OTEL_LOG_LEVEL shows what the SDK says of itself on stderr", async ({ onTestFinished }) => {
  const cwd = scratch({}, onTestFinished);
  const env = { OTEL_RESOURCE_ATTRIBUTES: "not a list" };
  const loud = await run("ends.mjs", ["natural"], { cwd, env: { ...env, OTEL_LOG_LEVEL: "warn" } });
  expect(loud.stderr).toContain("OTEL_RESOURCE_ATTRIBUTES");
  const quiet = await run("ends.mjs", ["natural"], { cwd, env: { ...env, OTEL_LOG_LEVEL: "none" } });
  expect(quiet.stderr).toBe("");
});
