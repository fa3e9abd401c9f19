// What the pages say is done here: every marked example runs, every marked command prints what stands under it, every link leads somewhere.
//
// The blocks of one page share a folder, in order: a file is written, an example runs, a transcript's commands are run and compared. What
// changes from run to run (times, epochs, process ids) is compared as a word. Needs a build.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { renderSections } from "../docs/sections.mjs";
import { listFiles } from "../lib/files.mjs";
import { pageBlocks, transcriptCommands, withoutWhatChanges } from "../lib/page-blocks.mjs";
import { brokenLinks } from "../lib/page-links.mjs";
import { createScratch } from "../lib/scratch.mjs";

const root = resolve(import.meta.dirname, "../..");
const COMMAND = join(root, "packages/cli/bin/plumbline.js");
const pages = listFiles(root).filter((path) => path.endsWith(".md") && !path.startsWith(".changeset"));

for (const path of pages) {
  const blocks = pageBlocks(readFileSync(join(root, path), "utf8"));
  if (blocks.length === 0) continue;
  test(`${path}: its ${blocks.length} marked blocks are true`, (t) => {
    const folder = createProject(t);
    for (const block of blocks) play(block, folder);
  });
}

test("every link leads somewhere", () => {
  assert.deepEqual(
    pages.flatMap((path) => brokenLinks(root, path)),
    [],
  );
});

test("docs/README.md names every page below it", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const unnamed = pages
    .filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !/^docs\/decisions\/\d/u.test(path))
    .filter((path) => !index.includes(`(${path.slice("docs/".length)})`));
  assert.deepEqual(unnamed, []);
});

test("the check sees an example that fails, output that is another, links that lead nowhere, and sections that nobody renders", (t) => {
  const folder = createProject(t);
  const fail = (kind, text) => assert.throws(() => play({ kind, name: "planted", text, line: 1 }, folder));
  fail("example", 'throw new Error("planted");\n');
  fail("example", 'console.error("planted");\n');
  fail("transcript", "$ npx plumbline --version\n0.0.0-planted\n");
  assert.throws(() => pageBlocks("<!-- example:planted -->\n\nno block\n"), /no fenced block/u);
  const scratch = createScratch(t, {
    "a.md": "# A page\n\n[b](b.md) [c](#a-page) [d](#another) [e](e.test.ts) › “kept”, [e](e.test.ts) › “gone”\n",
    "e.test.ts": 'test("kept");\n',
    "sections.md": "<!-- generated:one -->\nold\n<!-- /generated:one -->\n",
  });
  assert.deepEqual(brokenLinks(scratch, "a.md"), [
    "a.md: b.md is not there",
    "a.md: a.md has no heading #another",
    "a.md: e.test.ts has no test “gone”",
  ]);
  assert.match(renderSections(scratch, "sections.md", { one: "new" }), /-->\n\nnew\n\n<!--/u);
  assert.throws(() => renderSections(scratch, "sections.md", { one: "new", two: "more" }), /has no section two/u);
  assert.throws(() => renderSections(scratch, "sections.md", {}), /nothing renders a section one/u);
});

/** An empty project in which our packages are installed. */
function createProject(t) {
  const folder = createScratch(t, { "package.json": { name: "checkout", private: true, type: "module" } });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** @param {import("../lib/page-blocks.mjs").PageBlock} block */
function play({ kind, name, text, line }, folder) {
  const where = `${kind}:${name} (line ${line})`;
  if (kind === "file") {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  } else if (kind === "example") {
    writeFileSync(join(folder, `${name}.mjs`), text);
    const { status, stderr } = run(process.execPath, [`${name}.mjs`], folder);
    assert.equal(status, 0, `${where} ended with ${status}:\n${stderr}`);
    assert.equal(stderr, "", where);
  } else {
    for (const { command, output } of transcriptCommands(text)) {
      const { stdout, stderr } = run("sh", ["-c", command.replaceAll("npx plumbline", '"$NODE" "$PLUMBLINE"')], folder);
      const printed = withoutWhatChanges(`${stdout}${stderr}`, folder);
      assert.equal(printed, withoutWhatChanges(output, folder), `${where}: ${command}`);
    }
  }
}

function run(program, args, cwd) {
  const env = { PATH: process.env.PATH, HOME: cwd, NO_COLOR: "1", NODE: process.execPath, PLUMBLINE: COMMAND };
  return spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 60_000 });
}
