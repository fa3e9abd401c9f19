import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadConfig, type LoadOptions } from "../../src/config/load.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { LEVEL_OFF } from "../../src/config/schema-fields.ts";
import { scratch } from "../scratch.ts";

async function load(files: Readonly<Record<string, string>>, options: LoadOptions = {}) {
  return loadConfig({ env: {}, ...options, cwd: scratch(files) });
}

/** The problems of a `plumbline.yaml`, as they are printed. */
async function problemsOf(yaml: string, options: LoadOptions = {}): Promise<readonly string[]> {
  const { config, problems } = await load({ "plumbline.yaml": yaml }, options);
  expect(config === undefined).toBe(problems.length > 0);
  return problems.map(formatProblem);
}

describe("which file", () => {
  test("none is an empty config, with every default in its place", async () => {
    const { file, config } = await load({});
    expect(file).toBeUndefined();
    expect(config).toMatchObject({
      service: { attributes: {} },
      minSeverity: 9,
      journal: { path: "./telemetry/{service}.jsonl", durability: "written" },
      sinks: {},
      reportSocket: true,
    });
  });

  test.each(["plumbline.yaml", "plumbline.yml", "plumbline.json"])("%s is found", async (name) => {
    const { config } = await load({ [name]: '{"service": {"name": "found"}}' });
    expect(config?.service.name).toBe("found");
  });

  test("plumbline.mjs is found, and its default export is the config", async () => {
    const { config } = await load({ "plumbline.mjs": 'export default { service: { name: "found" } };' });
    expect(config?.service.name).toBe("found");
  });

  test("the first of several wins", async () => {
    const { config } = await load({
      "plumbline.json": '{"service": {"name": "second"}}',
      "plumbline.yml": "service: {name: first}",
    });
    expect(config?.service.name).toBe("first");
  });

  test("PLUMBLINE_CONFIG names it, what is given in code wins over that, and false reads none", async () => {
    const files = {
      "a.yaml": "service: {name: a}",
      "b.yaml": "service: {name: b}",
      "plumbline.yaml": "service: {name: c}",
    };
    const env = { PLUMBLINE_CONFIG: "a.yaml" };
    expect((await load(files, { env })).config?.service.name).toBe("a");
    expect((await load(files, { env, configFile: "b.yaml" })).config?.service.name).toBe("b");
    expect((await load(files, { env, configFile: false })).config?.service.name).toBeUndefined();
    expect((await load(files, { env: { PLUMBLINE_CONFIG: "" } })).config?.service.name).toBe("c");
  });

  test.each([
    ["missing.yaml", "missing.yaml: there is no such file [PLB_CONFIG_NOT_FOUND]"],
    ["missing.mjs", "missing.mjs: there is no such file [PLB_CONFIG_NOT_FOUND]"],
    ["folder.yaml", "folder.yaml: this is a folder, not a file [PLB_CONFIG_UNREADABLE]"],
    ["plain.txt", "plain.txt: a config file is .yaml, .yml, .json, or a module [PLB_CONFIG_FORMAT]"],
    ["latin1.yaml", "latin1.yaml: the file is not UTF-8 [PLB_CONFIG_UNREADABLE]"],
    ["large.yaml", "large.yaml: the file is larger than 1 MiB [PLB_CONFIG_UNREADABLE]"],
  ])("%s", async (configFile, expected) => {
    const cwd = scratch({ "plain.txt": "" });
    mkdirSync(join(cwd, "folder.yaml"));
    writeFileSync(join(cwd, "latin1.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    writeFileSync(join(cwd, "large.yaml"), "#".repeat(1024 * 1024 + 1));
    const { problems, config } = await loadConfig({ cwd, env: {}, configFile });
    expect(problems.map(formatProblem)).toEqual([expected]);
    expect(config).toBeUndefined();
  });

  test("a file that the system does not open", async () => {
    const cwd = scratch();
    symlinkSync("plumbline.yaml", join(cwd, "plumbline.yaml"));
    const { problems } = await loadConfig({ cwd, env: {} });
    expect(problems.map(formatProblem)).toEqual([
      "plumbline.yaml: the file cannot be read (ELOOP) [PLB_CONFIG_UNREADABLE]",
    ]);
  });

  test.each([
    ["throws on import", 'throw new Error("no");', /importing it failed: Error: no/],
    ["does not parse", "export default {", /importing it failed: /],
    ["exports no default", "export const config = {};", /no plain object/],
    ["exports a function", "export default () => ({});", /no plain object/],
  ])("a module that %s", async (_, text, message) => {
    const { problems } = await load({ "plumbline.mjs": text });
    expect(problems.map(({ code }) => code)).toEqual(["PLB_CONFIG_MODULE"]);
    expect(problems[0]?.message).toMatch(message);
  });

  test("a byte-order mark is no part of the text", async () => {
    const { config } = await load({ "plumbline.json": '\uFEFF{"service": {"name": "x"}}' });
    expect(config?.service.name).toBe("x");
  });
});

describe("bad input", () => {
  test("every problem at once, each with its place, what was expected and the nearest name", async () => {
    const yaml = [
      "servcie: { name: x }",
      "service:",
      "  nmae: shop",
      "  version: 1.10",
      "minSeverity: inof",
      "journal:",
      "  durability: synced",
      "  rotate: { maxBytes: 64M, keep: -1 }",
      "sinks:",
      "  9out: { use: stdout }",
      "  out: { ues: stdout }",
      "  alerts: { use: stdout, minSeverity: loud, queue: { polcy: block } }",
      "  paged: stdout",
      "redact: [a]",
      "plugins: ./one.mjs",
      "levels: { acme.db: verbose }",
      "export: { self: true }",
      "servic: {}",
    ].join("\n");
    expect(await problemsOf(yaml)).toEqual([
      expect.stringMatching(
        /^plumbline\.yaml:1:1 servcie: there is no such key here; .*; did you mean "service"\? \[PLB_CONFIG_UNKNOWN_KEY\]$/,
      ),
      'plumbline.yaml:3:3 service.nmae: there is no such key here; expected one of name, version, attributes; did you mean "name"? [PLB_CONFIG_UNKNOWN_KEY]',
      "plumbline.yaml:4:12 service.version: a number stands here; expected a text (put it in quotes) [PLB_CONFIG_VALUE]",
      'plumbline.yaml:5:14 minSeverity: a text stands here; expected off, or a severity such as debug, info, warn or error, or its number from 1 to 24; did you mean "info"? [PLB_CONFIG_VALUE]',
      'plumbline.yaml:7:15 journal.durability: a text stands here; expected one of buffered, written, fsynced; did you mean "fsynced"? [PLB_CONFIG_VALUE]',
      "plumbline.yaml:8:23 journal.rotate.maxBytes: a text stands here; expected a size such as 64MiB, 500kB or 4096, above 0 [PLB_CONFIG_VALUE]",
      "plumbline.yaml:8:34 journal.rotate.keep: a number stands here; expected at least 0 [PLB_CONFIG_VALUE]",
      'plumbline.yaml:10:3 sinks["9out"]: this name is not a valid one here; expected a name of letters, digits, - and _, that begins with a letter, up to 64 [PLB_CONFIG_VALUE]',
      "plumbline.yaml:11:3 sinks.out.use: a value is missing; expected a text [PLB_CONFIG_VALUE]",
      "plumbline.yaml:12:39 sinks.alerts.minSeverity: a text stands here; expected a severity such as debug, info, warn or error, or its number from 1 to 24 [PLB_CONFIG_VALUE]",
      'plumbline.yaml:12:54 sinks.alerts.queue.polcy: there is no such key here; expected one of maxCount, maxBytes, policy; did you mean "policy"? [PLB_CONFIG_UNKNOWN_KEY]',
      "plumbline.yaml:13:10 sinks.paged: a text stands here; expected a map [PLB_CONFIG_VALUE]",
      "plumbline.yaml:14:9 redact: a list stands here; expected a map [PLB_CONFIG_VALUE]",
      "plumbline.yaml:15:10 plugins: a text stands here; expected a list [PLB_CONFIG_VALUE]",
      'plumbline.yaml:16:20 levels["acme.db"]: a text stands here; expected off, or a severity such as debug, info, warn or error, or its number from 1 to 24 [PLB_CONFIG_VALUE]',
      expect.stringMatching(/^plumbline\.yaml:17:1 export: there is no such key here; .* \[PLB_CONFIG_UNKNOWN_KEY\]$/),
      expect.stringMatching(
        /^plumbline\.yaml:18:1 servic: there is no such key here; .*; did you mean "service"\? \[PLB_CONFIG_UNKNOWN_KEY\]$/,
      ),
    ]);
  });

  test.each([
    ["plumbline.yaml", "- service", "1:1: a list stands here"],
    ["plumbline.yaml", "# a note\n\n  hello\n", "3:3: a single value stands here"],
    ["plumbline.json", "[]", "1:1: a list stands here"],
    ["plumbline.json", " false", "1:2: a single value stands here"],
  ])("%s: what is no map is no config: %s", async (name, text, told) => {
    const { config, problems } = await load({ [name]: text });
    expect(problems.map(formatProblem)).toEqual([`${name}:${told}; expected a map [PLB_CONFIG_VALUE]`]);
    expect(config).toBeUndefined();
  });

  test.each(["", "# a note\n", "---\n", "null\n"])("without content it is an empty config: %j", async (text) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  test("a duration without a unit is told what durations look like", async () => {
    expect(await problemsOf("journal: { flushInterval: 5 }")).toEqual([
      "plumbline.yaml:1:27 journal.flushInterval: a number stands here; expected a duration such as 500ms, 30s, 1h or 7d [PLB_CONFIG_VALUE]",
    ]);
  });

  test("a pipe is refused, not waited for", async () => {
    const cwd = scratch();
    execFileSync("mkfifo", [join(cwd, "plumbline.yaml")]);
    const { problems } = await loadConfig({ cwd, env: {} });
    expect(problems.map(formatProblem)).toEqual([
      "plumbline.yaml: this is a device, a pipe or a socket, not a file [PLB_CONFIG_UNREADABLE]",
    ]);
  });

  test("an assertion belongs to a component, not to the whole", async () => {
    const { problems } = await load({ "plumbline.yaml": "assert: []" });
    expect(problems.map(({ code }) => code)).toEqual(["PLB_CONFIG_UNKNOWN_KEY"]);
  });

  test("one syntax error is one report", async () => {
    expect(await problemsOf("a: [1, 2\nb: 3\nc: ]\nd: 'x\n")).toEqual([
      "plumbline.yaml:2:1: the indentation does not fit what stands above, or a bracket is not closed [PLB_CONFIG_SYNTAX]",
    ]);
    const { problems } = await load({ "plumbline.json": '{\n  "service": {,}\n  "x" 1 }' });
    expect(problems.map(formatProblem)).toEqual([
      "plumbline.json:2:15: a key in double quotes should stand here [PLB_CONFIG_SYNTAX]",
    ]);
  });

  test("duplicate keys, tags and unset variables are told beside what the schema says", async () => {
    expect(await problemsOf("service:\n  name: ${NOWHERE}\n  name: b\nservce: 1\ndataDir: !!str x\n")).toEqual([
      "plumbline.yaml:2:9 service.name: the environment variable NOWHERE is not set, and there is no default [PLB_CONFIG_VARIABLE]",
      "plumbline.yaml:3:3: this key stands twice in the same map [PLB_CONFIG_DUPLICATE_KEY]",
      expect.stringMatching(/^plumbline\.yaml:4:1 servce: there is no such key here/),
      "plumbline.yaml:5:10: a tag stands here; types come from the schema, never from the file [PLB_CONFIG_TAG]",
    ]);
  });

  test("a fault below an anchor is told where it stands, for each path that leads there", async () => {
    const yaml = "sinks:\n  a: &s { use: file, retry: { inital: 1s } }\n  b: *s\n";
    const problems = await problemsOf(yaml);
    expect(problems.map((text) => text.split(": ")[0])).toEqual([
      "plumbline.yaml:2:31 sinks.a.retry.inital",
      "plumbline.yaml:2:31 sinks.b.retry.inital",
    ]);
  });

  test("what is given in code is told without a place", async () => {
    const overrides: object = { service: { nmae: "x" }, sinks: { out: { use: "file", minSeverity: "loud" } } };
    const { problems } = await load({}, { overrides });
    expect(problems.map(formatProblem).map((text) => text.slice(0, text.indexOf(";")))).toEqual([
      "start() service.nmae: there is no such key here",
      "start() sinks.out.minSeverity: a text stands here",
    ]);
  });

  test("an alias bomb and deep nesting cost their bound and are told once", async () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (const [above, name] of "abcdefgh".split("").map((letter, index) => [letter, "bcdefghi"[index]])) {
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${above}`).join(",")}]`);
    }
    const problems = await load({ "plumbline.yaml": bomb.join("\n") });
    expect(problems.problems.filter(({ code }) => code === "PLB_CONFIG_BOUNDS")).toHaveLength(1);
  });

  test("no problem quotes a value", async () => {
    const secret = ["hunter", "2-", "s3cr3t"].join("");
    const yaml = [
      `service: { name: [${secret}], version: \${SECRET} }`,
      `journal: { durability: "${secret}", path: [\${SECRET}] }`,
      `minSeverity: "\${SECRET}"`,
      `redact: { hashKey: { x: "${secret}" }, actions: { a: "${secret}" } }`,
      `sinks: { out: { use: file, queue: { maxBytes: "${secret}" }, minSeverity: "${secret}" } }`,
    ].join("\n");
    const { problems } = await load(
      { "plumbline.yaml": yaml.replace("version: ${SECRET}", "version: ok").replace("[${SECRET}]", '["${SECRET}"]') },
      { env: { SECRET: secret } },
    );
    expect(problems.length).toBeGreaterThan(5);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  test("a key that is a secret is not quoted", async () => {
    const token = ["gh", "p_", "k3Jd8sLq2Zx9Wv7Bn4Mt6Rp1Yc5Hf0Ga2Ue8"].join("");
    const { problems } = await load({
      "plumbline.yaml": `${token}: 1\nsinks: { ${token}: { use: file, minSeverity: 99 } }`,
    });
    expect(problems.map(({ path }) => path)).toEqual([
      "[redacted:github-token]",
      expect.stringMatching(/^sinks\.\[redacted:github-token\]/),
    ]);
    expect(JSON.stringify(problems)).not.toContain(token);
  });

  test("keys of Object's prototype are keys like any other", async () => {
    const problems = await problemsOf("constructor: 1\ntoString: 2\n");
    expect(problems).toHaveLength(2);
    expect(await problemsOf("sinks:\n  __proto__: { use: file }\n")).toEqual([
      "plumbline.yaml:2:3: no key may have this name [PLB_CONFIG_SYNTAX]",
    ]);
  });

  test("no text makes it throw, and an invalid one has a problem", async () => {
    const cwd = scratch();
    const word = fc.constantFrom(
      "service",
      "sinks",
      "journal",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "use",
      "x",
      "1",
      '"',
      "${A}",
      "&a ",
      "*a",
      "!!x ",
      "null",
      "false",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 25 }), async (words) => {
        writeFileSync(join(cwd, "plumbline.yaml"), words.join(""));
        const { config, problems } = await loadConfig({ cwd, env: {} });
        expect(config === undefined).toBe(problems.length > 0);
        for (const problem of problems) expect(problem.line).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("values", () => {
  test("sizes, durations, levels and modes are read", async () => {
    const { config, problems } = await load({
      "plumbline.yaml": [
        "minSeverity: WARN",
        "levels: { acme: off, acme.db: 5 }",
        "limits: { maxStringLength: 64KiB, maxDepth: 4 }",
        "journal:",
        "  rotate: { maxBytes: 64MiB, maxAge: 1h, keep: 48, compress: gzip }",
        "  queue: { maxBytes: 1MiB, policy: drop-oldest, keep: warn }",
        "  flushInterval: 50ms",
        '  fileMode: "0640"',
        "sinks: { out: { use: file, path: x, batch: { maxDelay: 1s }, names: [a.b, c.*] } }",
      ].join("\n"),
    });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      minSeverity: 13,
      levels: { acme: LEVEL_OFF, "acme.db": 5 },
      limits: { maxStringLength: 65_536, maxDepth: 4, maxAttributes: 1024 },
      journal: {
        rotate: { maxBytes: 67_108_864, maxAgeMs: 3_600_000, keep: 48, compress: "gzip" },
        maxQueueBytes: 1_048_576,
        queuePolicy: "drop-oldest",
        keep: 13,
        flushIntervalMs: 50,
        mode: 0o640,
      },
      sinks: {
        out: { use: "file", enabled: true, options: { path: "x" }, batch: { maxDelayMs: 1000 }, names: ["a.b", "c.*"] },
      },
    });
  });

  test("journal: false is no journal", async () => {
    const { config } = await load({ "plumbline.yaml": "journal: false" });
    expect(config?.journal).toBeUndefined();
  });

  test("a variable stays text where text is taken, and is a number where one is needed", async () => {
    const yaml = [
      "service: { name: a, version: '${VERSION}', attributes: { build: '${BUILD}' } }",
      "limits: { maxDepth: '${DEPTH}', maxStringLength: '${SIZE}' }",
      "reportSocket: ${SOCKET}",
      "minSeverity: ${LEVEL}",
    ].join("\n");
    const env = { VERSION: "1.10", BUILD: "12345e7", DEPTH: "8", SIZE: "1024", SOCKET: "false", LEVEL: "13" };
    const { config, problems } = await load({ "plumbline.yaml": yaml }, { env });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      service: { version: "1.10", attributes: { build: "12345e7" } },
      limits: { maxDepth: 8, maxStringLength: 1024 },
      reportSocket: false,
      minSeverity: 13,
    });
  });

  test("a variable that fits in no reading is told as the text that it is", async () => {
    const problems = await problemsOf("limits: { maxDepth: '${A}', maxAttributes: '${B}' }", {
      env: { A: "0", B: "many" },
    });
    expect(problems.map((text) => text.slice(0, text.indexOf(";")))).toEqual([
      "plumbline.yaml:1:21 limits.maxDepth: a text stands here",
      "plumbline.yaml:1:44 limits.maxAttributes: a text stands here",
    ]);
  });

  test("a text that no variable stood in is never read as a number", async () => {
    expect(await problemsOf("limits: { maxDepth: '8' }")).toHaveLength(1);
  });
});

describe("layers", () => {
  test("what is given in code wins, key by key; lists are replaced, and so is a sink that says what it uses", async () => {
    const yaml = [
      "service: { name: file, version: '1' }",
      "plugins: [a, b]",
      "sinks:",
      "  kept: { use: file, path: kept, minSeverity: warn }",
      "  changed: { use: file, path: old, minSeverity: warn }",
    ].join("\n");
    const { config } = await load(
      { "plumbline.yaml": yaml },
      {
        overrides: {
          service: { name: "code", version: undefined },
          plugins: ["c"],
          sinks: { kept: { minSeverity: "error" } as never, changed: { use: "stdout" } },
        },
      },
    );
    expect(config?.service).toEqual({ name: "code", version: "1", attributes: {} });
    expect(config?.plugins).toEqual(["c"]);
    expect(config?.sinks["kept"]).toMatchObject({ use: "file", options: { path: "kept" }, minSeverity: 17 });
    expect(config?.sinks["changed"]).toMatchObject({ use: "stdout", options: {}, minSeverity: undefined });
  });

  test("variables are put into the file alone", async () => {
    const { config } = await load({}, { overrides: { service: { name: "${HOME}" } }, env: { HOME: "x" } });
    expect(config?.service.name).toBe("${HOME}");
  });

  test("a circle in code is told, not followed", async () => {
    const circle: Record<string, unknown> = {};
    circle["service"] = circle;
    const { problems } = await load({}, { overrides: circle });
    expect(problems.map(({ code }) => code)).toEqual(["PLB_CONFIG_UNKNOWN_KEY"]);
  });
});
