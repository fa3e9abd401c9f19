// What npm would publish, installed as a service would install it: into an empty project, from tarballs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { npm } from "../lib/npm.mjs";
import { exampleBlock } from "../lib/example-block.mjs";
import { listWorkspaces } from "../lib/workspaces.mjs";

const root = resolve(import.meta.dirname, "../..");
const published = listWorkspaces(root).filter(({ isPrivate }) => !isPrivate);
/** What core and file name, and what those name in turn. */
const CORE_AND_FILE = ["@opentelemetry/api", "@standard-schema/spec", "async-mutex", "tslib"];
const NEVER_WITH_SDK = /^(?:@aws-sdk\/|@smithy\/|ssh2$|ws$)/u;

let scratch = "";
/** @type {Map<string, string>} package name → its tarball */
const tarballs = new Map();

before(() => {
  scratch = mkdtempSync(join(tmpdir(), "plumbline-tarballs-"));
  for (const { dir, name } of published) {
    const [packed] = JSON.parse(
      npm(["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], { cwd: join(root, dir) }),
    );
    tarballs.set(name, join(scratch, packed.filename));
  }
});
after(() => rmSync(scratch, { recursive: true, force: true }));

test("core and file bring nothing but what they name", () => {
  const project = createProject("core-and-file", "module", ["@plumbline/core", "@plumbline/file"]);
  const foreign = installedNames(project).filter((name) => !name.startsWith("@plumbline/"));
  assert.deepEqual(foreign, CORE_AND_FILE);
  assert.ok(!installedNames(project).includes("@plumbline/sdk"));
});

test("sdk brings no package of a cloud, of ssh or of sockets", () => {
  const project = createProject("sdk", "module", ["@plumbline/core", "@plumbline/file", "@plumbline/sdk"]);
  assert.deepEqual(
    installedNames(project).filter((name) => NEVER_WITH_SDK.test(name)),
    [],
  );
});

test("the README's example runs in an empty ESM project, and its lines are whole", () => {
  const project = createProject("readme", "module", ["@plumbline/core", "@plumbline/file", "@plumbline/sdk"]);
  writeFileSync(
    join(project, "example.mjs"),
    exampleBlock(readFileSync(join(root, "README.md"), "utf8"), "quickstart"),
  );
  runNode(["example.mjs"], project);
  const lines = jsonlFiles(project).flatMap((file) => {
    const text = readFileSync(file, "utf8");
    assert.ok(text.endsWith("\n"), `${file} ends within a line`);
    return text.slice(0, -1).split("\n");
  });
  assert.ok(lines.length > 0, "the example wrote no line");
  for (const line of lines) assert.equal(typeof JSON.parse(line).time, "string", line);
});

test("sdk/register wires a service that says nothing of it, and lets it end", () => {
  const project = createProject("register", "module", ["@plumbline/core", "@plumbline/file", "@plumbline/sdk"]);
  writeFileSync(join(project, "service.mjs"), 'console.log("served");\n');
  assert.match(runNode(["--import", "@plumbline/sdk/register", "service.mjs"], project), /served/u);
});

for (const { name, manifest } of published.filter(({ manifest }) => manifest.exports["."] !== undefined)) {
  test(`${name}: import and require() see the same names`, () => {
    const folder = name.replace("@plumbline/", "");
    const esm = createProject(`${folder}-esm`, "module", [name]);
    const cjs = createProject(`${folder}-cjs`, "commonjs", [name]);
    writeFileSync(
      join(esm, "names.js"),
      `import * as all from ${JSON.stringify(name)};\nconsole.log(JSON.stringify(Object.keys(all).sort()));\n`,
    );
    writeFileSync(
      join(cjs, "names.js"),
      `const all = require(${JSON.stringify(name)});\nconsole.log(JSON.stringify(Object.keys(all).filter((key) => key !== "__esModule").sort()));\n`,
    );
    const imported = JSON.parse(runNode(["names.js"], esm));
    assert.ok(imported.length > 0, `${name} exports nothing`);
    assert.deepEqual(JSON.parse(runNode(["names.js"], cjs)), imported);
    assert.equal(
      manifest.version,
      JSON.parse(readFileSync(join(esm, "node_modules", name, "package.json"), "utf8")).version,
    );
  });
}

test("the command answers --help and --version where it was installed", () => {
  const project = createProject("cli", "module", ["@plumbline/cli"]);
  const bin = join(project, "node_modules/@plumbline/cli/bin/plumbline.js");
  assert.match(runNode([bin, "--help"], project), /Usage: plumbline/u);
  assert.match(runNode([bin, "--version"], project), /^\d+\.\d+\.\d+\n$/u);
});

test("the guide's way to install from a clone works, word by word", () => {
  const page = readFileSync(join(root, "docs/guide/getting-started.md"), "utf8");
  const [block] = [...page.matchAll(/^```sh\n([^]*?)^```$/gmu)].flatMap(([, text]) =>
    text.includes("npm pack") ? [text] : [],
  );
  assert.ok(block.startsWith("npm ci && npm run build\n"), "the block begins with what has been done here already");
  const commands = block
    .slice(block.indexOf("\n"))
    .replaceAll("/tmp/plumbline", join(scratch, "packed"))
    .replaceAll("../my-service", join(scratch, "my-service"));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(?:cache|registry|userconfig))/iu.test(name)),
  );
  const { status, stderr } = spawnSync("sh", ["-e", "-c", commands], { cwd: root, encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  const project = join(scratch, "my-service");
  assert.match(runNode([join(project, "node_modules/.bin/plumbline"), "validate", "--help"], project), /plumbline/u);
  assert.match(
    runNode(["-e", 'import("@plumbline/sdk").then(({ start }) => console.log(start.name))'], project),
    /start/u,
  );
});

/** An empty project with these packages from their tarballs, and with those of ours that they need: none of them is in a registry yet. */
function createProject(folder, type, names) {
  const project = join(scratch, folder);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: folder, version: "1.0.0", private: true, type }));
  npm(["install", "--prefer-offline", ...withSiblings(names).map((name) => tarballs.get(name))], { cwd: project });
  return project;
}

/** @param {readonly string[]} names */
function withSiblings(names) {
  const all = new Set(names);
  for (const name of all) {
    const dependencies = published.find((workspace) => workspace.name === name)?.manifest.dependencies ?? {};
    for (const sibling of Object.keys(dependencies).filter((dependency) => tarballs.has(dependency))) all.add(sibling);
  }
  return [...all];
}

/** Every package that `npm ls --all` shows, each once, sorted. It fails where one is missing or of a wrong version. */
function installedNames(project) {
  const names = new Set();
  const visit = (node) => {
    for (const [name, child] of Object.entries(node.dependencies ?? {})) {
      names.add(name);
      visit(child);
    }
  };
  visit(JSON.parse(npm(["ls", "--all", "--json"], { cwd: project })));
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

/** Starts Node in the project with an environment of its own, and returns what it printed. */
function runNode(args, cwd) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: process.env.PATH, HOME: cwd, NODE_NO_WARNINGS: "1" },
  });
  assert.equal(status, 0, `node ${args.join(" ")} ended with ${signal ?? status}\n${stdout}${stderr}`);
  return stdout;
}

/** @returns {string[]} */
function jsonlFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((found) => {
    const path = join(folder, found.name);
    if (found.isDirectory()) return found.name === "node_modules" ? [] : jsonlFiles(path);
    return found.name.endsWith(".jsonl") ? [path] : [];
  });
}
