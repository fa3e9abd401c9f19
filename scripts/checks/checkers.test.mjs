// Each checker of `npm run check`, with a tree that it must pass and faults that it must find.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { binOf } from "../lib/bin.mjs";
import { createScratch } from "../lib/scratch.mjs";

const root = resolve(import.meta.dirname, "../..");
const script = (name) => join(root, "scripts", name);

/** Starts a checker, and returns whether it passed and all that it printed. */
function run(args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { passed: status === 0, output: `${stdout}${stderr}` };
}

/**
 * One checker over one clean tree, and over the same tree with one fault at a time.
 *
 * @param {string} checker
 * @param {object} plan
 * @param {Readonly<Record<string, string | object>>} plan.clean
 * @param {Readonly<Record<string, readonly [files: Readonly<Record<string, string | object>>, says: RegExp]>>} plan.faults what is wrong → the
 *   files that make it so, and what the checker must say
 * @param {(folder: string) => { passed: boolean, output: string }} plan.check
 */
function checkerTest(checker, { clean, faults, check }) {
  test(`${checker} passes a clean tree`, (t) => {
    const { passed, output } = check(createScratch(t, clean));
    assert.ok(passed, output);
  });
  for (const [fault, [files, says]] of Object.entries(faults)) {
    test(`${checker} finds ${fault}`, (t) => {
      const { passed, output } = check(createScratch(t, { ...clean, ...files }));
      assert.match(output, says);
      assert.ok(!passed, "said so, and passed all the same");
    });
  }
}

checkerTest("source-shape", {
  clean: {
    "packages/a/package.json": { exports: { "./ring": { "@plumbline/source": "./src/entry.ts" } } },
    "packages/a/src/index.ts": 'export { ring } from "./ring.ts";\n',
    "packages/a/src/entry.ts": 'export { ring } from "./ring.ts";\n',
    "packages/a/src/ring.ts": "export class RingError extends Error {}\nexport const ring = 1;\n",
  },
  faults: {
    "a file named utils": [{ "packages/a/src/utils.ts": "export const a = 1;\n" }, /utils\.ts: the name/u],
    "a file named after types": [{ "packages/a/src/deep/types.ts": "export type A = 1;\n" }, /types\.ts: the name/u],
    "a vaguely named file among the tests": [
      { "packages/a/test/helpers.ts": "export const a = 1;\n" },
      /helpers\.ts: the name/u,
    ],
    "a barrel": [{ "packages/a/src/deep/index.ts": "export const a = 1;\n" }, /no barrels/u],
    "a re-export": [{ "packages/a/src/b.ts": 'export * from "./ring.ts";\n' }, /re-exports/u],
    "a re-export by name": [{ "packages/a/src/b.ts": 'export type {\n  A,\n} from "./ring.ts";\n' }, /re-exports/u],
    inheritance: [{ "packages/a/src/b.ts": "class A {}\nexport class B extends A {}\n" }, /B extends A/u],
    "mutable state at module level": [
      { "packages/a/src/b.ts": "let open = 0;\nexport const a = () => (open += 1);\n" },
      /open is mutable/u,
    ],
  },
  check: (folder) => run([script("checks/source-shape.mjs"), folder]),
});

const entry = { summary: "You did it.", why: "It is so.", mend: "Undo it." };
const catalogue = (...codes) =>
  `export const CODES = ${JSON.stringify(Object.fromEntries(codes.map((code) => [code, entry])))};\n`;
const raise = (...codes) => `export const raised = ${JSON.stringify(codes)};\n`;
checkerTest("errors", {
  clean: {
    "packages/a/package.json": { name: "@plumbline/a", type: "module" },
    "packages/a/src/error-codes.ts": "",
    "packages/a/dist/error-codes.js": catalogue("PLB_A_FULL"),
    "packages/a/src/a.ts": raise("PLB_A_FULL"),
    "docs/a.md": "`PLB_A_FULL` is raised when it is full.\n",
  },
  faults: {
    "a code that no catalogue has": [
      { "packages/a/src/a.ts": raise("PLB_A_FULL", "PLB_A_NEW") },
      /a\.ts: PLB_A_NEW is in no catalogue/u,
    ],
    "a code that nothing raises": [
      { "packages/a/dist/error-codes.js": catalogue("PLB_A_FULL", "PLB_A_OLD") },
      /PLB_A_OLD is raised nowhere/u,
    ],
    "a page that names no code": [{ "docs/a.md": "See PLB_A_GONE.\n" }, /a\.md: PLB_A_GONE is in no catalogue/u],
    "an entry without a mend": [
      {
        "packages/a/dist/error-codes.js": `export const CODES = ${JSON.stringify({ PLB_A_FULL: { ...entry, mend: "" } })};\n`,
      },
      /PLB_A_FULL: its mend is empty/u,
    ],
    "a mend that sends the user to a page of the repository": [
      {
        "packages/a/dist/error-codes.js": `export const CODES = ${JSON.stringify({ PLB_A_FULL: { ...entry, mend: "See docs/a.md." } })};\n`,
      },
      /PLB_A_FULL: its mend names a page that no package ships/u,
    ],
    "a code in two catalogues": [
      {
        "packages/b/package.json": { name: "@plumbline/b", type: "module" },
        "packages/b/src/error-codes.ts": "",
        "packages/b/dist/error-codes.js": catalogue("PLB_A_FULL"),
      },
      /PLB_A_FULL: in the catalogues of both/u,
    ],
    "a catalogue that was not compiled": [{ "packages/c/src/error-codes.ts": "" }, /run npm run build first/u],
  },
  check: (folder) => run([script("checks/errors.mjs"), folder]),
});

test("generated docs: a page that is out of date is found, written anew, and passes", (t) => {
  const folder = createScratch(t, {
    "packages/a/package.json": { name: "@plumbline/a", type: "module" },
    "packages/a/src/error-codes.ts": "",
    "packages/a/dist/error-codes.js": catalogue("PLB_A_FULL"),
    "docs/reference/errors.md": "# Errors\n",
  });
  const stale = run([script("generate-docs.mjs"), "--check", "--only=docs/reference/errors.md", folder]);
  assert.match(stale.output, /errors\.md: not what the code says now/u);
  assert.equal(stale.passed, false);
  assert.ok(run([script("generate-docs.mjs"), "--only=docs/reference/errors.md", folder]).passed);
  assert.match(readFileSync(join(folder, "docs/reference/errors.md"), "utf8"), /### PLB_A_FULL\n\nYou did it\./u);
  assert.ok(run([script("generate-docs.mjs"), "--check", "--only=docs/reference/errors.md", folder]).passed);
});

const host = ["registry", "npmjs", "org"].join(".");
checkerTest("text", {
  clean: {
    "README.md": "# A\n\nhttps://example.org/package/a, ./logs/out.jsonl, `~/.config`\n",
    "package-lock.json": '{ "packages": { "node_modules/a": { "resolved": "packages/a" } } }\n',
  },
  faults: {
    "the address of a registry": [{ "docs/a.md": `see https://${host}/a\n` }, /docs\/a\.md:1: the address/u],
    "a path of somebody's home": [
      { "src/a.ts": `// in ${["", "home", "somebody"].join("/")}/a\n` },
      /src\/a\.ts:1: a path/u,
    ],
    "a download address in the lock": [
      { "package-lock.json": '{\n"resolved": "https://example.test/a.tgz"\n}\n' },
      /package-lock\.json:2: a download address/u,
    ],
  },
  check: (folder) => run([script("checks/text.mjs"), folder]),
});

checkerTest("regular-expressions", {
  clean: { "packages/a/src/a.ts": "export const a: RegExp = /^[a-z]+$/;\n" },
  faults: {
    "an expression that is exponential": [
      { "packages/a/src/a.ts": "export const a: RegExp = /^(a+)+$/;\n" },
      /a\.ts: \/\^\(a\+\)\+\$\/ is vulnerable/u,
    ],
    "one that is quadratic": [{ "packages/a/src/a.ts": "export const a: RegExp = /b.*$/;\n" }, /is vulnerable \(2nd/u],
    "one that is safe by fuzzing alone, and not argued": [
      { "packages/a/src/a.ts": "export const a: RegExp = /^[a-q]{3,70}$/;\n" },
      /is safe by fuzzing alone/u,
    ],
    "one that is made at run time": [
      { "packages/a/src/a.ts": "export const a = (b: string): RegExp => new RegExp(b);\n" },
      /new RegExp\(b\) is made at run time/u,
    ],
  },
  check: (folder) => run([script("checks/regular-expressions.mjs"), folder]),
});

const tsconfig = { extends: "../../tsconfig.check-base.json", include: ["src", "test"] };
checkerTest("types", {
  clean: {
    "packages/a/package.json": { name: "a", type: "module" },
    "packages/a/tsconfig.json": tsconfig,
    "packages/a/src/a.ts": "export const a: number = 1;\n",
    "packages/a/test/a.test.ts": 'import { a } from "../src/a.ts";\nexport const b: number = a;\n',
  },
  faults: {
    "a type error in a test": [
      { "packages/a/test/a.test.ts": 'import { a } from "../src/a.ts";\nexport const b: string = a;\n' },
      /a\.test\.ts\(2,14\): error TS2322/u,
    ],
    "syntax that Node cannot strip": [{ "packages/a/src/a.ts": "export enum A {\n  b,\n}\n" }, /TS1294/u],
  },
  check: (folder) => {
    link(folder, "node_modules", "tsconfig.base.json", "tsconfig.check-base.json");
    return run([script("checks/types.mjs"), folder]);
  },
});

const published = {
  name: "@plumbline/a",
  version: "0.1.0",
  license: "Apache-2.0",
  type: "module",
  engines: { node: ">=20.19" },
  exports: {
    ".": { "@plumbline/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  },
  files: ["dist", "src"],
};
checkerTest("package-shape", {
  clean: {
    "package.json": published,
    LICENSE: readFileSync(join(root, "LICENSE"), "utf8"),
    "README.md": "# a\n",
    "src/index.ts": "export const a: number = 1;\n",
    "dist/index.js": "export const a = 1;\n",
    "dist/index.d.ts": "export declare const a: number;\n",
  },
  faults: {
    "types that are not packed": [
      { "package.json": { ...published, files: ["dist/*.js", "src"] } },
      /the tarball has no \.\/dist\/index\.d\.ts/u,
    ],
    "conditions in an order that hides one": [
      {
        "package.json": {
          ...published,
          exports: {
            ".": { default: "./dist/index.js", types: "./dist/index.d.ts", "@plumbline/source": "./src/index.ts" },
          },
        },
      },
      /publint: .*types/u,
    ],
    "declarations that a consumer cannot resolve": [
      { "dist/index.d.ts": 'export * from "./missing";\n' },
      /attw: [^]*[Ii]nternal resolution error/u,
    ],
    "a top-level await": [
      { "dist/index.js": "export const a = await Promise.resolve(1);\n" },
      /require\("@plumbline\/a"\) fails/u,
    ],
    "a missing license": [{ LICENSE: "none\n" }, /LICENSE: not the text/u],
    "a sibling without a caret range": [
      { "package.json": { ...published, dependencies: { "@plumbline/b": "*" } } },
      /@plumbline\/b: \* is not a caret range/u,
    ],
    "tests that would be published": [
      { "src/test/a.ts": "export const a = 1;\n" },
      /the tarball holds src\/test\/a\.ts/u,
    ],
  },
  check: (folder) => run([script("checks/package-shape.mjs"), folder]),
});

test("api-report finds a changed surface, and passes once it was updated", (t) => {
  const folder = createScratch(t, {
    "package.json": published,
    "dist/index.d.ts": "export declare const a: number;\n",
  });
  link(folder, "node_modules");
  const missing = run([script("checks/api-report.mjs"), folder]);
  assert.equal(missing.passed, false, missing.output);
  const updated = run([script("checks/api-report.mjs"), folder, "--update"]);
  assert.ok(updated.passed, updated.output);
  const same = run([script("checks/api-report.mjs"), folder]);
  assert.ok(same.passed, same.output);

  const changed = createScratch(t, {
    "package.json": published,
    "dist/index.d.ts": "export declare const a: string;\n",
    "etc/index.api.md": readFileSync(join(folder, "etc", "index.api.md"), "utf8"),
  });
  link(changed, "node_modules");
  const found = run([script("checks/api-report.mjs"), changed]);
  assert.match(found.output, /exports something else/u);
  assert.equal(found.passed, false);
});

checkerTest("unused", {
  clean: {
    "package.json": { name: "root", private: true, workspaces: ["packages/*"], devDependencies: { vitest: "*" } },
    "packages/a/package.json": { ...published, dependencies: { yaml: "^2" } },
    "packages/a/src/index.ts": 'export { b } from "./b.ts";\n',
    "packages/a/src/b.ts": 'import { parse } from "yaml";\nexport const b: unknown = parse("1");\n',
  },
  faults: {
    "a file that nothing imports": [{ "packages/a/src/c.ts": "export const c = 1;\n" }, /Unused files[^]*src\/c\.ts/u],
    "an export that nothing imports": [
      {
        "packages/a/src/b.ts":
          'import { parse } from "yaml";\nexport const b: unknown = parse("1");\nexport const c = 1;\n',
      },
      /Unused exports[^]*c .*src\/b\.ts/u,
    ],
    "a dependency that nothing imports": [
      { "packages/a/package.json": { ...published, dependencies: { yaml: "^2", zod: "^4" } } },
      /Unused dependencies[^]*zod/u,
    ],
    "an import that no manifest names": [{ "packages/a/package.json": published }, /Unlisted dependencies[^]*yaml/u],
  },
  check: (folder) => {
    link(folder, "node_modules", "knip.json");
    return run([binOf("knip"), "--no-progress", "--no-config-hints", "--workspace", "packages/a"], folder);
  },
});

checkerTest("format", {
  clean: { "a.ts": "export const a = 1;\n" },
  faults: { "a file that is not formatted": [{ "a.ts": "export const a   = 1\n" }, /a\.ts/u] },
  check: (folder) => {
    link(folder, ".oxfmtrc.json");
    return run([binOf("oxfmt"), "--check", "."], folder);
  },
});

/** Puts what the project has at its root beside the planted files. */
function link(folder, ...names) {
  for (const name of names) {
    if (name === "node_modules") symlinkSync(join(root, name), join(folder, name), "junction");
    else copyFileSync(join(root, name), join(folder, name));
  }
}
