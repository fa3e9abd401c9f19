import { join } from "node:path";
import { definePlugin } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { loadConfig } from "../src/config/load.ts";
import { formatProblem } from "../src/config/problem.ts";
import type { PlumblineConfig } from "../src/config/config.ts";
import { readOtelEnvironment } from "../src/otel-environment.ts";
import { planSystem } from "../src/plan.ts";
import { scratch } from "./scratch.ts";

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly overrides?: PlumblineConfig;
  readonly env?: Readonly<Record<string, string>>;
}

async function plan({ files = {}, overrides, env = {} }: Given) {
  const cwd = scratch(files);
  const loaded = await loadConfig({ cwd, env, overrides });
  const outcome = await planSystem(loaded, { cwd, environment: readOtelEnvironment(env) });
  return { cwd, ...outcome, printed: outcome.problems.map(formatProblem) };
}

/** A module of plugins, as a package or a file would have it. */
function pluginModule(...plugins: readonly string[]): string {
  return plugins
    .map((plugin, index) => `export const p${index} = { apiVersion: 1, create: () => ({}), ${plugin} };`)
    .join("\n");
}

const SINK = 'id: "@acme/telemetry/alerts", kind: "sink"';

describe("where plugins come from", () => {
  test("built-in names and ids need no module", async () => {
    const { plan: made } = await plan({
      overrides: {
        processors: [
          { use: "sampling", ratio: 0.5 },
          { use: "@plumbline/core/rate-limit", perSecond: 10 },
          { use: "sampling", ratio: 1 },
        ],
        sinks: { out: { use: "stdout" }, copy: { use: "file", path: "copy.jsonl" } },
      },
    });
    expect(made?.components.map(({ kind, name, path }) => `${kind} ${name} ${path}`)).toEqual([
      "processor sampling processors[0]",
      "processor @plumbline/core/rate-limit processors[1]",
      "processor sampling-2 processors[2]",
      "sink out sinks.out",
      "sink copy sinks.copy",
    ]);
  });

  test("a path starts from the config's folder, a package is found as import would find it there", async () => {
    const { plan: made, printed } = await plan({
      files: {
        "etc/plumbline.yaml": "sinks:\n  a: { use: ./mine.mjs }\n  b: { use: '@acme/telemetry' }\n",
        "etc/mine.mjs": pluginModule('id: "mine", kind: "sink"'),
        "node_modules/@acme/telemetry/package.json": '{"name": "@acme/telemetry", "exports": {"import": "./main.mjs"}}',
        "node_modules/@acme/telemetry/main.mjs": pluginModule(SINK),
      },
      env: { PLUMBLINE_CONFIG: "etc/plumbline.yaml" },
    });
    expect(printed).toEqual([]);
    expect(made?.components.map((component) => component.isWired && component.plugin.id)).toEqual([
      "mine",
      "@acme/telemetry/alerts",
    ]);
  });

  test("what `plugins` loads is found by its id, and a CommonJS module's exports too", async () => {
    const { plan: made, printed } = await plan({
      files: {
        "plumbline.yaml":
          "plugins: [./all.cjs]\nsinks:\n  a: { use: '@acme/telemetry/alerts' }\nprocessors: [{ use: drop }]\n",
        "all.cjs": `const make = (id, kind) => ({ id, kind, apiVersion: 1, create: () => ({}) });
          module.exports = { list: { alerts: 1 }, ...Object.fromEntries([["alerts", make("@acme/telemetry/alerts", "sink")], ["drop", make("drop", "processor")]]) };`,
      },
    });
    expect(printed).toEqual([]);
    expect(made?.components).toHaveLength(2);
  });

  test("of several in a module, the id or the export after # says which", async () => {
    const files = {
      "m.mjs": pluginModule('id: "one", kind: "sink"', 'id: "two", kind: "sink"', 'id: "three", kind: "processor"'),
    };
    const named = await plan({
      files: { ...files, "plumbline.yaml": "sinks: { a: { use: './m.mjs#p1' } }\nprocessors: [{ use: ./m.mjs }]\n" },
    });
    expect(named.printed).toEqual([]);
    expect(named.plan?.components.map((component) => component.isWired && component.plugin.id)).toEqual([
      "three",
      "two",
    ]);
    const ambiguous = await plan({ files: { ...files, "plumbline.yaml": "sinks: { a: { use: ./m.mjs } }\n" } });
    expect(ambiguous.printed).toEqual([
      "plumbline.yaml:1:20 sinks.a.use: the module exports several of kind sink: say ./m.mjs#p0 or ./m.mjs#p1 [PLB_PLUGIN_AMBIGUOUS]",
    ]);
  });

  test("an object in code is the plugin itself", async () => {
    const sink = definePlugin({
      id: "inline",
      kind: "sink",
      apiVersion: 1,
      create: () => ({ write: () => undefined, close: () => undefined }),
    });
    const { plan: made } = await plan({
      overrides: { plugins: [sink], sinks: { a: { use: sink }, b: { use: "inline" } } },
    });
    expect(made?.components.map((component) => component.isWired && component.plugin)).toEqual([sink, sink]);
  });

  test("a path in the file starts from the file's folder, one in code from the working directory", async () => {
    const { plan: made, printed } = await plan({
      files: {
        "etc/plumbline.yaml": "sinks:\n  a: { use: ./mine.mjs }\n  b: { use: ./nowhere.mjs }\n",
        "etc/mine.mjs": pluginModule('id: "of-the-file", kind: "sink"'),
        "mine.mjs": pluginModule('id: "of-the-code", kind: "sink"'),
      },
      env: { PLUMBLINE_CONFIG: "etc/plumbline.yaml" },
      overrides: { sinks: { b: { use: "./mine.mjs" } } },
    });
    expect(printed).toEqual([]);
    expect(made?.components.map((component) => component.isWired && component.plugin.id)).toEqual([
      "of-the-file",
      "of-the-code",
    ]);
  });

  test("nothing is loaded that is not named, and nothing of what is not enabled", async () => {
    const { plan: made, printed } = await plan({
      files: {
        "plumbline.yaml": "sinks: { a: { use: ./throws.mjs, enabled: false, anything: 1 } }\n",
        "throws.mjs": "throw new Error('loaded');",
        "node_modules/plumbline-other/index.js": "throw new Error('loaded');",
      },
    });
    expect(printed).toEqual([]);
    expect(made?.components).toEqual([
      { isWired: false, kind: "sink", name: "a", path: "sinks.a", use: "./throws.mjs", reason: "enabled is false" },
    ]);
  });
});

describe("bad plugins", () => {
  test("every one is told at once, with its place, beside what else is wrong", async () => {
    const { printed, plan: made } = await plan({
      files: {
        "plumbline.yaml": [
          "plugins:",
          "  - ./throws.mjs",
          "  - ./none.mjs",
          "  - ./old.mjs",
          "  - ./twice.mjs",
          "sinks:",
          "  a: { use: '@acme/missing/deep' }",
          "  b: { use: ./missing.mjs }",
          "  c: { use: stdut }",
          "  d: { use: sampling }",
          "  e: { use: 'node:fs' }",
          "  f: { use: ./none.mjs }",
          "  g: { use: './two.mjs#p9' }",
          "  h: { use: closed-package/inner }",
          "  i: { use: ./needs.mjs }",
          "procesors: []",
        ].join("\n"),
        "throws.mjs": "throw new TypeError('no telemetry today');",
        "none.mjs": "export const x = 1;",
        "old.mjs": 'export const p = { id: "old", kind: "sink", apiVersion: 0, create: () => ({}) };',
        "twice.mjs": pluginModule('id: "same", kind: "sink"', 'id: "same", kind: "sink"'),
        "needs.mjs": "import 'something-not-installed';",
        "two.mjs": pluginModule('id: "two", kind: "sink"'),
        "node_modules/closed-package/package.json": '{"name": "closed-package", "exports": {".": "./index.mjs"}}',
      },
    });
    expect(made).toBeUndefined();
    expect(printed).toEqual([
      "plumbline.yaml:2:5 plugins[0]: importing it failed: TypeError: no telemetry today [PLB_PLUGIN_IMPORT_FAILED]",
      "plumbline.yaml:3:5 plugins[1]: the module exports nothing that is a plugin [PLB_PLUGIN_NO_EXPORT]",
      expect.stringMatching(
        /^plumbline\.yaml:4:5 plugins\[2\]: The plugin old from \.\/old\.mjs is made for apiVersion 0; .* \[PLB_PLUGIN_API_VERSION\]$/,
      ),
      expect.stringMatching(/^plumbline\.yaml:5:5 plugins\[3\]: The plugin same .* \[PLB_PLUGIN_ID_DUPLICATE\]$/),
      "plumbline.yaml:7:13 sinks.a.use: there is no such package here: npm install @acme/missing [PLB_PLUGIN_NOT_FOUND]",
      expect.stringMatching(
        /^plumbline\.yaml:8:13 sinks\.b\.use: there is no file .*missing\.mjs \[PLB_PLUGIN_NOT_FOUND\]$/,
      ),
      'plumbline.yaml:9:13 sinks.c.use: there is no such package here; did you mean "stdout"? [PLB_PLUGIN_NOT_FOUND]',
      "plumbline.yaml:10:13 sinks.d.use: this is a processor, not a sink [PLB_PLUGIN_KIND_WRONG]",
      "plumbline.yaml:11:13 sinks.e.use: this is neither a package's name nor a path [PLB_PLUGIN_NOT_FOUND]",
      'plumbline.yaml:13:13 sinks.g.use: the module has no plugin under this name; did you mean "p0"? [PLB_PLUGIN_NO_EXPORT]',
      "plumbline.yaml:14:13 sinks.h.use: the package closed-package is installed, but has no such entry [PLB_PLUGIN_NOT_FOUND]",
      expect.stringMatching(
        /^plumbline\.yaml:15:13 sinks\.i\.use: importing it failed: .*something-not-installed.* \[PLB_PLUGIN_IMPORT_FAILED\]$/,
      ),
      expect.stringMatching(/^plumbline\.yaml:16:1 procesors: there is no such key here/),
    ]);
  });

  test("options that do not fit, with the place of each", async () => {
    const { printed } = await plan({
      files: {
        "plumbline.yaml": [
          "processors:",
          "  - { use: sampling, ratio: 2, raito: 1 }",
          "sinks:",
          "  a: { use: file, pth: x, rotate: { maxBytes: lots } }",
          "  b: { use: stdout, fd: 3 }",
          "  c: { use: ./mine.mjs, channel: '#ops' }",
        ].join("\n"),
        "mine.mjs": pluginModule(SINK),
      },
    });
    expect(printed).toEqual([
      "plumbline.yaml:2:29 processors[0].ratio: this is not what the option takes; expected a number from 0 to 1 [PLB_PLUGIN_OPTIONS_INVALID]",
      expect.stringMatching(
        /^plumbline\.yaml:2:\d+ processors\[0\]\.raito: is not an option; .* \[PLB_PLUGIN_OPTIONS_INVALID\]$/,
      ),
      "plumbline.yaml:4:3 sinks.a.path: a value is missing; expected a text [PLB_CONFIG_VALUE]",
      expect.stringMatching(
        /^plumbline\.yaml:4:19 sinks\.a\.pth: there is no such key here; .*; did you mean "path"\? \[PLB_CONFIG_UNKNOWN_KEY\]$/,
      ),
      "plumbline.yaml:4:47 sinks.a.rotate.maxBytes: a text stands here; expected a size such as 64MiB, 500kB or 4096, above 0 [PLB_CONFIG_VALUE]",
      "plumbline.yaml:5:25 sinks.b.fd: a number stands here; expected 1 or 2 [PLB_CONFIG_VALUE]",
      "plumbline.yaml:6:34 sinks.c.channel: is not an option: this plugin takes none [PLB_PLUGIN_OPTIONS_INVALID]",
    ]);
  });

  test("each unknown option of a strict schema has its own place and nearest name", async () => {
    const sink = definePlugin({
      id: "strict",
      kind: "sink",
      apiVersion: 1,
      options: z.strictObject({ channel: z.string(), pace: z.strictObject({ count: z.number() }).optional() }),
      create: () => ({ write: () => undefined, close: () => undefined }),
    });
    const { problems } = await plan({
      overrides: { sinks: { a: { use: sink, chanel: "#ops", channel: "#ops", pace: { cuont: 1, count: 2, x: 3 } } } },
    });
    expect(problems.map(({ path, nearest }) => `${path} ${nearest}`)).toEqual([
      "sinks.a.pace.cuont count",
      "sinks.a.pace.x undefined",
      "sinks.a.chanel channel",
    ]);
  });

  const quoted = ["tok", 'en"-', "abc123"].join("");
  test.each([
    ["a text", quoted, `Invalid: received ${quoted}`],
    ["a text as JSON", quoted, `Invalid: received ${JSON.stringify(quoted)}`],
    ["a number", 123_456_789, "Invalid: received 123456789"],
    ["a map", { dsn: quoted, pin: 987_654 }, `Invalid: received ${JSON.stringify({ dsn: quoted, pin: 987_654 })}`],
    ["a list", [[quoted]], `Invalid: received ${JSON.stringify([[quoted]])}`],
  ])("a schema's message that quotes %s is not passed on with it", async (_, value, message) => {
    const validate = () => ({ issues: [{ message, path: ["target"] }] });
    const sink = definePlugin({
      id: "quoting",
      kind: "sink",
      apiVersion: 1,
      options: { "~standard": { version: 1, vendor: "x", validate } },
      create: () => ({ write: () => undefined, close: () => undefined }),
    });
    const { printed } = await plan({ overrides: { sinks: { a: { use: sink, target: value } } } });
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain("Invalid: received");
    expect(printed[0]).not.toMatch(/abc123|123456789|987654/);
  });

  test("a variable in a plugin's options is text where its schema takes text, a number where it needs one", async () => {
    const { plan: made, printed } = await plan({
      files: {
        "plumbline.yaml":
          "processors: [{ use: sampling, ratio: '${RATIO}' }]\nsinks: { a: { use: file, path: '${PATH_}' } }\n",
      },
      env: { RATIO: "0.25", PATH_: "17" },
    });
    expect(printed).toEqual([]);
    expect(made?.components.map((component) => component.isWired && component.options)).toMatchObject([
      { ratio: 0.25 },
      { path: "17" },
    ]);
  });
});

describe("what it says", () => {
  test("the journal's path starts from the config's folder, with the service's name in it", async () => {
    const { cwd, plan: made } = await plan({
      files: { "etc/plumbline.yaml": "service: { name: shop }\njournal: { path: './logs/{service}.jsonl' }\n" },
      env: { PLUMBLINE_CONFIG: "etc/plumbline.yaml" },
    });
    expect(made?.journal?.path).toBe(join(cwd, "etc/logs/shop.jsonl"));
    expect(made).toMatchObject({
      stem: "shop",
      dataDir: join(cwd, "etc/logs"),
      configFile: join(cwd, "etc/plumbline.yaml"),
    });
  });

  test("without any config it is below the working directory", async () => {
    const { cwd, plan: made } = await plan({});
    expect(made?.journal?.path).toBe(join(cwd, "telemetry/unknown_service.jsonl"));
  });

  test("a default in a file without a journal starts from the file's folder", async () => {
    const { cwd, plan: made } = await plan({
      files: { "etc/plumbline.yaml": "service: { name: shop }" },
      env: { PLUMBLINE_CONFIG: "etc/plumbline.yaml" },
    });
    expect(made?.journal?.path).toBe(join(cwd, "etc/telemetry/shop.jsonl"));
  });

  test.each(["../shop", "a/b", "a\\b", "..", ".hidden", "con", "nul.txt", "shop:1", "", " ", "é", "x".repeat(200)])(
    "a service name that is no safe part of a path is refused: %j",
    async (name) => {
      const { printed, plan: made } = await plan({
        files: { "plumbline.yaml": `service: { name: ${JSON.stringify(name)} }` },
      });
      expect(made).toBeUndefined();
      expect(printed).toHaveLength(1);
      expect(printed[0]).toMatch(name === "" ? /PLB_CONFIG_VALUE/ : /PLB_CONFIG_PLACEHOLDER/);
    },
  );

  test("a path without the placeholder takes any name; one with another placeholder is refused", async () => {
    const free = await plan({ overrides: { service: { name: "a/b" }, journal: { path: "x.jsonl" } } });
    expect(free.plan?.resource["service.name"]).toBe("a/b");
    const wrong = await plan({ files: { "plumbline.yaml": "journal: { path: '{servce}.jsonl' }" } });
    expect(wrong.printed).toEqual([
      'plumbline.yaml:1:18 journal.path: there is no such placeholder; expected {service}; did you mean "{service}"? [PLB_CONFIG_PLACEHOLDER]',
    ]);
  });

  test("the config wins over OTEL_* variables, those over the defaults", async () => {
    const env = { OTEL_SERVICE_NAME: "env", OTEL_RESOURCE_ATTRIBUTES: "service.version=1,team=a,region=b" };
    const fromEnv = await plan({ env });
    expect(fromEnv.plan?.resource).toMatchObject({ "service.name": "env", "service.version": "1", team: "a" });
    expect(fromEnv.plan?.stem).toBe("env");
    const fromConfig = await plan({ env, overrides: { service: { name: "code", attributes: { team: "c" } } } });
    expect(fromConfig.plan?.resource).toMatchObject({
      "service.name": "code",
      "service.version": "1",
      team: "c",
      region: "b",
    });
    expect((await plan({})).plan?.resource).toMatchObject({ "service.name": "unknown_service:node" });
  });

  test("each mistake in the redaction has a place of its own", async () => {
    const { printed } = await plan({
      files: {
        "plumbline.yaml":
          "redact:\n  patterns:\n    - { id: acme, pattern: 'ACME-[A-Z0-9]{20,40}' }\n    - { id: bad, pattern: '(a+)+b' }\n  detectors: { jwtt: false }",
      },
    });
    expect(printed).toHaveLength(2);
    expect(printed[0]).toMatch(
      /^plumbline\.yaml:4:18 redact\.patterns\[1\]\.pattern: .* \[PLB_REDACT_OPTIONS_INVALID\]$/,
    );
    expect(printed[1]).toMatch(
      /^plumbline\.yaml:5:16 redact\.detectors\.jwtt: .*jwt\? \[PLB_REDACT_OPTIONS_INVALID\]$/,
    );
  });

  test("what only the redactor can tell is a problem of the config, too", async () => {
    const { printed } = await plan({
      files: { "plumbline.yaml": "\nredact: { actions: { default: hash }, hashKey: short }" },
    });
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^plumbline\.yaml:2:1 redact: .* \[PLB_REDACT_HASH_KEY\]$/);
  });
});
