import { definePlugin, type Plugin } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../src/conditions/host-facts.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readOtelEnvironment } from "../../src/otel-environment.ts";
import { planSystem } from "../../src/plan.ts";
import { scratch } from "../scratch.ts";
import { AMPERE_ALTRA } from "./cpu-info/machines.ts";

const GiB = 1024 ** 3;

interface Given {
  readonly yaml: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly facts?: Partial<HostFacts>;
  readonly plugins?: readonly Plugin[];
  readonly files?: Readonly<Record<string, string>>;
}

async function plan({ yaml, env = {}, facts = {}, plugins = [], files = {} }: Given) {
  const cwd = scratch({ "plumbline.yaml": yaml, ...files });
  const loaded = await loadConfig({ cwd, env, overrides: plugins.length === 0 ? {} : { plugins } });
  const all: HostFacts = {
    env,
    platform: "linux",
    arch: "arm64",
    nodeVersion: "22.3.0",
    hostname: () => "web-7",
    memoryBytes: () => 4 * GiB,
    cpuInfo: () => Promise.resolve(AMPERE_ALTRA.cpuInfo),
    exists: (path) => Promise.resolve(path.endsWith("/present")),
    ...facts,
  };
  const outcome = await planSystem(loaded, { cwd, environment: readOtelEnvironment(env), facts: all });
  const states = outcome.plan?.components.map((component) =>
    component.isWired ? (component.failedAssert ?? "wired") : component.reason,
  );
  return { ...outcome, states, printed: outcome.problems.map(formatProblem) };
}

function withWhen(when: string, key = "when"): string {
  return `sinks:\n  out:\n    use: stdout\n    ${key}: ${when}\n`;
}

describe("what a list means", () => {
  test.each([
    ["[]", "wired"],
    ["[{ env: SET }]", "wired"],
    ["[{ env: SET }, { env: GONE }]", "when fails: env: GONE is not set"],
    ["[{ not: { env: GONE } }]", "wired"],
    ["[{ not: { env: SET } }]", "when fails: not env: SET is set"],
    ["[{ not: { not: { env: SET } } }]", "wired"],
    ["[{ any: [] }]", "wired"],
    ["[{ not: { any: [] } }]", "when fails: not any of none"],
    ["[{ any: [{ env: GONE }, { env: SET }] }]", "wired"],
    [
      "[{ any: [{ env: GONE }, { platform: darwin }] }]",
      "when fails: any of (env: GONE is not set; platform: this is linux, not darwin)",
    ],
    ["[{ not: { any: [{ env: GONE }, { platform: darwin }] } }]", "wired"],
    ["[{ any: [{ not: { env: SET } }, { not: { env: GONE } }] }]", "wired"],
    ["[{ cpuFeature: [aes, atomics] }]", "wired"],
    ["[{ cpuFeature: sve }]", "when fails: cpuFeature: not every online CPU has sve"],
    ["[{ pathExists: ./present }, { not: { pathExists: /etc/quiet } }]", "wired"],
    ["[{ arch: [x64, arm64] }, { host: 'web-*' }, { nodeVersion: '>=22' }, { memory: 4GiB }]", "wired"],
    ["[{ memory: 8GiB }]", "when fails: memory: there are 4096 MiB, not >= 8GiB"],
  ])("%s: %s", async (when, state) => {
    const { states, printed } = await plan({ yaml: withWhen(when), env: { SET: "1" } });
    expect(printed).toEqual([]);
    expect(states).toEqual([state]);
  });

  test("an error is a failure that `not` does not flip, and that only another of an `any` makes up for", async () => {
    const facts = {
      platform: "darwin",
      exists: () => Promise.reject(Object.assign(new Error("no"), { code: "EACCES" })),
    };
    const env = { SET: "1" };
    const unknown = "could not be told";
    for (const [when, state] of [
      ["[{ cpuFeature: aes }]", unknown],
      ["[{ not: { cpuFeature: aes } }]", unknown],
      ["[{ not: { not: { pathExists: /x } } }]", unknown],
      ["[{ any: [{ pathExists: /x }, { env: SET }] }]", "wired"],
      ["[{ any: [{ pathExists: /x }, { env: GONE }] }]", unknown],
      ["[{ not: { any: [{ pathExists: /x }, { env: GONE }] } }]", unknown],
      ["[{ not: { any: [{ pathExists: /x }, { env: SET }] } }]", "when fails: not env: SET is set"],
    ] as const) {
      const { states } = await plan({ yaml: withWhen(when), env, facts });
      expect(states?.[0], when).toContain(state);
    }
  });

  test("a failed assertion leaves the component wired, with its reason; one that is left out asserts nothing", async () => {
    expect((await plan({ yaml: withWhen("[{ env: GONE }]", "assert") })).states).toEqual(["env: GONE is not set"]);
    const both = "sinks:\n  out: { use: stdout, when: [{ env: A }], assert: [{ env: B }] }\n";
    expect((await plan({ yaml: both })).states).toEqual(["when fails: env: A is not set"]);
    const off = "sinks:\n  out: { use: stdout, enabled: false, assert: [{ env: B }] }\n";
    expect((await plan({ yaml: off })).states).toEqual(["enabled is false"]);
  });

  test("every kind of component has them", async () => {
    const when = "when: [{ env: GONE }]";
    const { states } = await plan({
      yaml: [
        `redact: { extraDetectors: [{ use: ./d.mjs, ${when} }] }`,
        `processors: [{ use: sampling, ratio: 1, ${when} }]`,
        `sources: { a: { use: ./a.mjs, ${when} } }`,
        `sinks: { b: { use: ./b.mjs, ${when} } }`,
        `services: { c: { use: ./c.mjs, ${when} } }`,
      ].join("\n"),
    });
    expect(states).toEqual(Array.from({ length: 5 }, () => "when fails: env: GONE is not set"));
  });
});

describe("what is refused, and where", () => {
  test.each([
    [
      "",
      "4:11 sinks.out.when: an empty value stands here; expected a list of conditions, such as [{ env: NAME }] [PLB_CONFIG_VALUE]",
    ],
    [
      "{ env: A }",
      "4:11 sinks.out.when: a map stands here; expected a list of conditions, such as [{ env: NAME }] [PLB_CONFIG_VALUE]",
    ],
    [
      "[env]",
      "4:12 sinks.out.when[0]: a text stands here; expected one condition, such as { env: NAME } or { not: { env: NAME } } [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ env: A, host: b }]",
      "4:12 sinks.out.when[0]: 2 conditions stand in one entry; expected each in an entry of its own, for all must hold, or in a list under any [PLB_CONFIG_VALUE]",
    ],
    [
      "[{}]",
      "4:12 sinks.out.when[0]: an empty map stands here; expected one condition, such as { env: NAME } or { not: { env: NAME } } [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ env: }]",
      "4:19 sinks.out.when[0].env: an empty value stands here; expected what is to be looked for [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ env: '' }]",
      "4:19 sinks.out.when[0].env: an empty text stands here; expected what is to be looked for [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ host: [] }]",
      "4:20 sinks.out.when[0].host: an empty list stands here; expected what is to be looked for [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ not: }]",
      "4:19 sinks.out.when[0].not: an empty value stands here; expected one condition, such as { env: NAME } or { not: { env: NAME } } [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ not: [{ env: A }] }]",
      "4:19 sinks.out.when[0].not: a list stands here; expected one condition, such as { env: NAME } or { not: { env: NAME } } [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ any: { env: A } }]",
      "4:19 sinks.out.when[0].any: a map stands here; expected a list of conditions, such as [{ env: NAME }] [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ memory: lots }]",
      "4:22 sinks.out.when[0].memory: a text stands here; expected a size such as 4GiB, after one of <, <=, =, !=, >=, > where at least is not meant [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ nodeVersion: 22..1 }]",
      "4:27 sinks.out.when[0].nodeVersion: a text stands here; expected a range of versions such as >=22.3 or ^20.19 || >=22 [PLB_CONFIG_VALUE]",
    ],
    [
      "[{ any: [{ cpuFeature: avx22 }] }]",
      '4:34 sinks.out.when[0].any[0].cpuFeature: a text stands here; expected a feature such as avx2, sve or arm64.aes, by systemd\'s name for it; did you mean "avx2"? [PLB_CONFIG_VALUE]',
    ],
    [
      "[{ cpuFeature: [aes, atomic] }]",
      '4:32 sinks.out.when[0].cpuFeature[1]: a text stands here; expected a feature such as avx2, sve or arm64.aes, by systemd\'s name for it; did you mean "atomics"? [PLB_CONFIG_VALUE]',
    ],
  ])("%s", async (when, problem) => {
    const { printed } = await plan({ yaml: withWhen(when) });
    expect(printed).toEqual([`plumbline.yaml:${problem}`]);
  });

  test("a name that there is not, with the nearest; nothing of that name is loaded", async () => {
    const { printed } = await plan({
      yaml: withWhen("[{ pathExist: /x }, { not: { weather: rain } }, { '@acme/mooon': full }]"),
      plugins: [moon],
      files: { "node_modules/weather/index.js": "throw new Error('loaded')" },
    });
    expect(printed).toEqual([
      'plumbline.yaml:4:14 sinks.out.when[0].pathExist: there is no condition of this name; there are cpuFeature, env, pathExists, platform, arch, host, nodeVersion, memory, not, any, @acme/moon; did you mean "pathExists"? [PLB_CONDITION_UNKNOWN]',
      expect.stringMatching(/^plumbline\.yaml:4:\d+ sinks\.out\.when\[1\]\.not\.weather: .*\[PLB_CONDITION_UNKNOWN\]$/),
      expect.stringMatching(
        /^plumbline\.yaml:4:\d+ sinks\.out\.when\[2\]\["@acme\/mooon"\]: .*did you mean "@acme\/moon"\? \[PLB_PLUGIN_NOT_FOUND\]$/,
      ),
    ]);
  });

  test("a tag, YAML's own exclamation mark, is no negation", async () => {
    const { printed } = await plan({ yaml: withWhen("[!env A]") });
    expect(printed).toEqual([expect.stringMatching(/^plumbline\.yaml:4:12: a tag stands here; .*\[PLB_CONFIG_TAG\]$/)]);
  });

  test("what nests without end, and a list that holds itself", async () => {
    const deep = "{ not: ".repeat(20) + "{ env: A }" + " }".repeat(20);
    const { printed } = await plan({ yaml: withWhen(`[${deep}]`) });
    expect(printed).toEqual([expect.stringContaining("conditions nest deeper here than any config needs")]);
    const circle: unknown[] = [];
    circle.push({ any: circle });
    const loaded = await loadConfig({
      cwd: scratch(),
      env: {},
      overrides: { sinks: { a: { use: "stdout", when: circle as never } } },
    });
    const { problems } = await planSystem(loaded, { cwd: "/", environment: readOtelEnvironment({}) });
    expect(problems[0]?.message).toBe("conditions nest deeper here than any config needs");
  });
});

const moon = definePlugin({
  id: "@acme/moon",
  kind: "condition",
  apiVersion: 1,
  options: { "~standard": { version: 1, vendor: "acme", validate: (value) => ({ value }) } },
  create: (phase: unknown) => ({ evaluate: () => ({ holds: phase === "full", reason: `it is ${String(phase)}` }) }),
}) as Plugin;

describe("conditions of others", () => {
  test("by id, by a module's path, and by the name of a scoped package", async () => {
    const code = `export default { id: "local", kind: "condition", apiVersion: 1, create: () => ({ evaluate: () => ({ holds: false, reason: "never" }) }) };`;
    const { states, printed } = await plan({
      yaml: [
        "sinks:",
        "  a: { use: stdout, when: [{ '@acme/moon': full }] }",
        "  b: { use: stdout, when: [{ '@acme/moon': new }] }",
        "  c: { use: stdout, when: [{ ./mine.mjs: {} }] }",
        "  d: { use: stdout, when: [{ not: { '@acme/mine': {} } }] }",
      ].join("\n"),
      plugins: [moon],
      files: {
        "mine.mjs": code,
        "node_modules/@acme/mine/package.json": '{"name": "@acme/mine", "exports": "./i.mjs"}',
        "node_modules/@acme/mine/i.mjs": code.replace("local", "@acme/mine"),
      },
    });
    expect(printed).toEqual([]);
    expect(states).toEqual(["wired", "when fails: @acme/moon: it is new", "when fails: ./mine.mjs: never", "wired"]);
  });

  test("what they do wrong is a failure, with its reason; what they say is redacted", async () => {
    const key = ["AKIA", "IOSFODNN7EXAMPLE"].join("");
    const evaluates = [
      `() => { throw new Error("broken") }`,
      `() => ({ holds: "yes" })`,
      `() => undefined`,
      `() => ({ holds: false, reason: "the key is ${key}" })`,
    ];
    const modules = evaluates.map((evaluate, index) => [
      `m${index}.mjs`,
      `export default { id: "m${index}", kind: "condition", apiVersion: 1, create: () => ({ evaluate: ${evaluate} }) };`,
    ]);
    const { states } = await plan({
      yaml: `sinks:\n${modules.map((_, index) => `  s${index}: { use: stdout, when: [{ not: { ./m${index}.mjs: {} } }] }\n`).join("")}`,
      files: Object.fromEntries(modules) as Record<string, string>,
    });
    expect(states?.slice(0, 3)).toEqual([
      "when fails: not ./m0.mjs: could not be told (Error: broken)",
      "when fails: not ./m1.mjs: did not say whether it holds",
      "when fails: not ./m2.mjs: did not say whether it holds",
    ]);
    expect(states?.[3]).toBe("wired");
    const told = await plan({
      yaml: "sinks: { s: { use: stdout, when: [{ ./m3.mjs: {} }] } }",
      files: Object.fromEntries(modules) as Record<string, string>,
    });
    expect(told.states?.[0]).toContain("the key is [");
    expect(told.states?.[0]).not.toContain(key);
  });
});

describe("a component that is left out", () => {
  const yaml = [
    "sinks:",
    "  alerts:",
    "    use: '@acme/not-installed'",
    "    url: ${SLACK_URL}",
    "    minSeverity: ${SLACK_LEVEL}",
    "    names: ['${SLACK_NAME}']",
    "    when: [{ env: SLACK_URL }]",
  ].join("\n");

  test("needs neither its variables nor its plugin", async () => {
    expect(await plan({ yaml })).toMatchObject({ printed: [], states: ["when fails: env: SLACK_URL is not set"] });
    expect(await plan({ yaml: `${yaml}\n    enabled: false\n` })).toMatchObject({
      printed: [],
      states: ["enabled is false"],
    });
    const env = { SLACK_URL: "u", SLACK_LEVEL: "error" };
    expect((await plan({ yaml, env })).printed).toEqual([
      expect.stringContaining("no such package"),
      expect.stringContaining("SLACK_NAME is not set"),
    ]);
  });

  test("is checked as far as no module has to be loaded for it", async () => {
    const { printed } = await plan({
      yaml: "sinks:\n  out: { use: file, pth: '${X}', path: '${Y}', rotate: { keep: -1 }, when: [{ env: X }] }\n",
    });
    expect(printed).toEqual([
      expect.stringContaining("sinks.out.pth: there is no such key here"),
      expect.stringContaining("sinks.out.rotate.keep: a number stands here"),
    ]);
  });

  test("does not excuse a variable of another, nor of its own conditions", async () => {
    const { printed } = await plan({
      yaml: `${yaml}\n  out: { use: file, path: "\${GONE}", when: [{ env: "\${NAME}" }] }\n`,
    });
    expect(printed).toEqual([
      expect.stringContaining("GONE is not set, and there is no default"),
      expect.stringContaining("NAME is not set, and there is no default"),
    ]);
  });
});

test("a variable may stand in a condition, and its value is not told", async () => {
  const { states, printed } = await plan({
    yaml: withWhen('[{ memory: "${NEED}" }, { host: "${HOST}" }]'),
    env: { NEED: "1024", HOST: "web-7" },
  });
  expect([printed, states]).toEqual([[], ["wired"]]);
  const wrong = await plan({ yaml: withWhen('[{ platform: "${WORD}" }]'), env: { WORD: "some-token" } });
  expect(wrong.printed.join()).not.toContain("some-token");
});

test("a plugin's name that comes from a variable is not told either", async () => {
  const secret = "s3cr3t/of-nobody";
  for (const yaml of [
    'sinks: { a: { use: "${TOKEN}" } }',
    'plugins: ["${TOKEN}"]',
    'sinks: { a: { use: "./${TOKEN}" } }',
    'sinks: { a: { use: "${TOKEN}", enabled: false } }',
  ]) {
    const { printed, plan: made } = await plan({ yaml, env: { TOKEN: secret } });
    expect(JSON.stringify([printed, made?.components]), yaml).not.toMatch(/s3cr3t|nobody/);
    if (!yaml.includes("enabled"))
      expect(printed[0]).toMatch(/its name is that of a variable, and not shown \[PLB_PLUGIN_/);
  }
});
