// Each rule of the house that oxlint keeps, with a fault that it must find: a rule that finds nothing is as green as one that is kept.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { binOf } from "../lib/bin.mjs";
import { createScratch } from "../lib/scratch.mjs";

const root = resolve(import.meta.dirname, "../..");
const IMPORTS = "eslint(no-restricted-imports)";
const long = (lines) => `${"// a line\n".repeat(lines - 1)}export const last = 1;\n`;

/**
 * Where the fault is planted, the fault, the rule that must find it, and files that have to stand beside it.
 *
 * @type {[path: string, text: string, rule: string, beside?: Record<string, string>][]}
 */
const FAULTS = [
  // Who may import whom.
  ["packages/core/src/a.ts", 'import { readFile } from "node:fs/promises";\nexport const a = readFile;\n', IMPORTS],
  ["packages/core/src/a.ts", 'import { readFile } from "fs";\nexport const a = readFile;\n', IMPORTS],
  [
    "packages/core/src/a.ts",
    'import { AsyncLocalStorage } from "node:async_hooks";\nexport const a = AsyncLocalStorage;\n',
    IMPORTS,
  ],
  ["packages/core/src/a.ts", 'import type { Socket } from "node:net";\nexport type A = Socket;\n', IMPORTS],
  ["packages/core/src/a.ts", 'export * from "node:path";\n', IMPORTS],
  ["packages/core/src/a.ts", 'export const a = () => import("node:http");\n', IMPORTS],
  ["packages/core/src/a.ts", 'import { z } from "zod";\nexport const a = z;\n', IMPORTS],
  ["packages/core/src/a.ts", 'import { frame } from "@plumbline/jsonl";\nexport const a = frame;\n', IMPORTS],
  [
    "packages/core/src/deep/a.ts",
    'import { frame } from "../../../jsonl/src/frame.ts";\nexport const a = frame;\n',
    IMPORTS,
  ],
  ["packages/core/src/a.ts", "export const a = setTimeout;\n", "eslint(no-restricted-globals)"],
  ["packages/core/src/a.ts", "export const a = fetch;\n", "eslint(no-restricted-globals)"],
  ["packages/jsonl/src/a.ts", 'import { fileSink } from "@plumbline/file";\nexport const a = fileSink;\n', IMPORTS],
  [
    "packages/jsonl/src/a.ts",
    'import { memorySink } from "@plumbline/testing";\nexport const a = memorySink;\n',
    IMPORTS,
  ],
  ...["file", "otlp", "watch", "stream", "handoff"].flatMap((below, index, all) => [
    [
      `packages/${below}/src/a.ts`,
      `import { x } from "@plumbline/${all[(index + 1) % all.length]}";\nexport const a = x;\n`,
      IMPORTS,
    ],
    [`packages/${below}/src/a.ts`, 'import { start } from "@plumbline/sdk";\nexport const a = start;\n', IMPORTS],
  ]),
  ["packages/stream-server/src/a.ts", 'import { x } from "@plumbline/file";\nexport const a = x;\n', IMPORTS],
  ["packages/stream-server/src/client/a.ts", 'import { sep } from "node:path";\nexport const a = sep;\n', IMPORTS],
  [
    "packages/stream-server/src/client/a.ts",
    'import { formatId } from "@plumbline/core";\nexport const a = formatId;\n',
    IMPORTS,
  ],
  ["packages/handoff-sftp/src/a.ts", 'import { x } from "@plumbline/stream";\nexport const a = x;\n', IMPORTS],
  ["packages/sdk/src/a.ts", 'import { x } from "@plumbline/otlp";\nexport const a = x;\n', IMPORTS],
  ["packages/sdk/src/a.ts", 'import { x } from "@plumbline/cli";\nexport const a = x;\n', IMPORTS],
  ["packages/sdk/src/a.ts", 'import { x } from "@plumbline/testing";\nexport const a = x;\n', IMPORTS],
  ["packages/sdk/src/a.ts", 'import { x } from "../../file/src/file-sink.ts";\nexport const a = x;\n', IMPORTS],
  ["packages/sdk/src/a.ts", 'import { x } from "@plumbline/file/dist/file-sink.js";\nexport const a = x;\n', IMPORTS],
  ["packages/cli/src/a.ts", 'import { x } from "@plumbline/handoff";\nexport const a = x;\n', IMPORTS],
  ["packages/testing/src/a.ts", 'import { x } from "@plumbline/file";\nexport const a = x;\n', IMPORTS],
  ["packages/file/test/a.test.ts", 'import { x } from "../../jsonl/src/frame.ts";\nexport const a = x;\n', IMPORTS],
  ["examples/story/src/a.ts", 'import { x } from "@plumbline/core/dist/ring.js";\nexport const a = x;\n', IMPORTS],
  [
    "examples/story/src/a.ts",
    'import { x } from "../../../packages/core/src/ring.ts";\nexport const a = x;\n',
    IMPORTS,
  ],
  [
    "packages/file/src/one.ts",
    'import { other } from "./other.ts";\nexport const one = () => other;\n',
    "import(no-cycle)",
    { "packages/file/src/other.ts": 'import { one } from "./one.ts";\nexport const other = () => one;\n' },
  ],

  // What never stands in the code.
  [
    "packages/file/src/a.ts",
    "export const a = (value: any): string => String(value);\n",
    "typescript(no-explicit-any)",
  ],
  [
    "packages/file/src/a.ts",
    "export const a = (value: string | undefined): string => value!;\n",
    "typescript(no-non-null-assertion)",
  ],
  [
    "packages/file/src/a.ts",
    "export function a(): void {\n  try {\n    JSON.parse('');\n  } catch {}\n}\n",
    "eslint(no-empty)",
  ],
  [
    "packages/file/src/a.ts",
    "export const a = (work: Promise<void>): Promise<void> => work.catch(() => {});\n",
    "eslint(no-empty-function)",
  ],
  ["packages/file/src/a.ts", "// @ts-ignore\nexport const a: string = 1;\n", "typescript(ban-ts-comment)"],
  ["packages/file/src/a.ts", "export default 1;\n", "import(no-default-export)"],
  ["packages/file/src/a.ts", "export const a = (): void => console.log(1);\n", "eslint(no-console)"],
  ["packages/file/src/a.ts", long(301), "eslint(max-lines)"],
  ["packages/file/src/fileSink.ts", "export const a = 1;\n", "unicorn(filename-case)"],
  [
    "packages/file/test/a.test.ts",
    'import { test } from "vitest";\ntest.only("a", () => undefined);\n',
    "vitest(no-focused-tests)",
  ],
  [
    "packages/file/test/a.test.ts",
    'import { test } from "vitest";\ntest.skip("a", () => undefined);\n',
    "vitest(no-disabled-tests)",
  ],

  // What only types tell, in sources and in tests.
  [
    "packages/file/src/a.ts",
    'import { unlink } from "node:fs/promises";\nexport const a = (): void => {\n  unlink("a");\n};\n',
    "typescript(no-floating-promises)",
  ],
  [
    "packages/file/test/a.test.ts",
    'import { unlink } from "node:fs/promises";\nunlink("a");\n',
    "typescript(no-floating-promises)",
  ],
  ["packages/file/src/a.ts", "export const a = (): string => JSON.parse('1');\n", "typescript(no-unsafe-return)"],
  [
    "packages/file/src/a.ts",
    "export function a(kind: 'x' | 'y'): number {\n  switch (kind) {\n    case 'x':\n      return 1;\n  }\n  return 2;\n}\n",
    "typescript(switch-exhaustiveness-check)",
  ],
];

/** What the same rules must let pass. */
const ALLOWED = {
  "packages/core/src/a.ts":
    'import { randomBytes } from "node:crypto";\nimport { inspect } from "node:util";\nimport { diag } from "@opentelemetry/api";\nimport type { StandardSchemaV1 } from "@standard-schema/spec";\nimport { b } from "./b.ts";\nimport { c } from "./deep/c.ts";\nexport const a: unknown[] = [randomBytes, inspect, diag, b, c];\nexport type A = StandardSchemaV1;\n',
  "packages/core/src/b.ts": "export const b = 1;\n",
  "packages/core/src/deep/c.ts": 'import { b } from "../b.ts";\nexport const c: number = b;\n',
  "packages/core/test/deep/c.test.ts":
    'import { x } from "@plumbline/testing";\nimport { c } from "../../src/deep/c.ts";\nexport const t: unknown[] = [c, x];\n',
  "packages/jsonl/src/a.ts":
    'import { x } from "@plumbline/core";\nimport { open } from "node:fs/promises";\nexport const a: unknown[] = [x, open];\n',
  "packages/file/src/a.ts":
    'import { x } from "@plumbline/core";\nimport { y } from "@plumbline/jsonl";\nexport const a: unknown[] = [x, y];\n',
  "packages/stream-server/src/a.ts": 'import { x } from "@plumbline/stream";\nexport const a: unknown = x;\n',
  "packages/sdk/src/a.ts":
    'import { x } from "@plumbline/file";\nimport { y } from "@plumbline/watch";\nexport const a: unknown[] = [x, y];\n',
  "packages/cli/src/a.ts":
    'import { x } from "@plumbline/sdk";\nimport { y } from "@plumbline/core";\nexport const a: unknown[] = [x, y];\n',
  "examples/story/src/a.ts":
    'import "@plumbline/sdk/register";\nimport { x } from "@plumbline/sdk";\nexport const a: unknown = x;\n',
  "packages/file/src/exactly-long-enough.ts": long(300),
};

/** Runs oxlint with the project's own configuration over these files, and returns what it found: rules by file. */
function lint(t, files) {
  const tsconfigs = Object.keys(files).map((path) => [
    `${path.split("/").slice(0, 2).join("/")}/tsconfig.json`,
    { extends: "../../tsconfig.check-base.json", include: ["src", "test"] },
  ]);
  const folder = createScratch(t, { ...files, ...Object.fromEntries(tsconfigs) });
  for (const name of [".oxlintrc.json", "tsconfig.base.json", "tsconfig.check-base.json"]) {
    copyFileSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const { stdout, stderr } = spawnSync(process.execPath, [binOf("oxlint"), "--format", "json"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.ok(stdout.startsWith("{"), `${stdout}${stderr}`);
  const found = new Map(Object.keys(files).map((path) => [path, []]));
  for (const { filename, code } of JSON.parse(stdout).diagnostics)
    found.get(filename.replaceAll("\\", "/"))?.push(code);
  return found;
}

/** All faults stand side by side in one tree, under names of their own, and are looked for in one run. */
test("oxlint finds each planted fault", async (t) => {
  const planted = FAULTS.map(([path, text, rule, beside], index) => ({
    path: path.replace(/\/a\.(?=[^/]*$)/u, `/a-${index}.`),
    text,
    rule,
    beside,
  }));
  const found = lint(
    t,
    Object.fromEntries(planted.flatMap(({ path, text, beside = {} }) => [[path, text], ...Object.entries(beside)])),
  );
  for (const { path, text, rule } of planted) {
    await t.test(`${rule} in ${path}: ${text.slice(0, 70).replaceAll("\n", " ")}`, () => {
      assert.ok(found.get(path)?.includes(rule), `found there: ${found.get(path)?.join(", ")}`);
    });
  }
});

test("what the layer rules allow passes", (t) => {
  const unwanted = [...lint(t, ALLOWED)].filter(
    ([, codes]) => codes.includes(IMPORTS) || codes.includes("eslint(max-lines)"),
  );
  assert.deepEqual(unwanted, []);
});
