// Runs every unit and integration test on each supported line of Node, and prints a table: `npm run test:matrix [-- 20 24]`.
//
// The binaries come from the npm package `node`, installed outside the project's own lock. Vitest is started directly: turbo's cache does
// not know which Node a task was run with.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { binOf } from "./lib/bin.mjs";
import { npm } from "./lib/npm.mjs";

/** The floor exactly, and the newest of each later line. */
const RELEASES = { n20: "20.19.0", n22: "22", n24: "24", n26: "26" };

const root = resolve(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const chosen = Object.entries(RELEASES).filter(([alias]) => wanted.length === 0 || wanted.includes(alias.slice(1)));
if (chosen.length === 0) {
  console.error(
    `No such line of Node. There are ${Object.keys(RELEASES)
      .map((alias) => alias.slice(1))
      .join(", ")}.`,
  );
  process.exit(1);
}

const binaries = install(chosen);
const rows = binaries.map(runOn);
console.log("");
console.table(rows);
if (rows.some(({ result }) => result !== "passed")) process.exitCode = 1;

/** @param {[alias: string, release: string][]} releases */
function install(releases) {
  const folder = join(root, "node_modules/.cache/node-matrix");
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: "node-matrix",
    private: true,
    allowScripts: { node: true },
    dependencies: Object.fromEntries(releases.map(([alias, release]) => [alias, `npm:node@${release}`])),
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  npm(["install", "--no-package-lock"], { cwd: folder });
  return releases.map(([alias]) => {
    const manifestPath = join(folder, "node_modules", alias, "package.json");
    const { bin } = JSON.parse(readFileSync(manifestPath, "utf8"));
    return join(dirname(manifestPath), typeof bin === "string" ? bin : bin.node);
  });
}

/** @param {string} binary */
function runOn(binary) {
  const version = spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim();
  const reportFile = join(root, "reports", `node-${version}.json`);
  rmSync(reportFile, { force: true });
  console.log(`\nNode ${version}`);
  const { status } = spawnSync(
    binary,
    [binOf("vitest"), "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${reportFile}`],
    // What a test starts by the name `node` is this one too.
    { cwd: root, stdio: "inherit", env: { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` } },
  );
  const counts = readCounts(reportFile);
  return {
    node: version,
    ...counts,
    result: status === 0 && counts.failed === 0 && counts.passed > 0 ? "passed" : "FAILED",
  };
}

/** @param {string} reportFile */
function readCounts(reportFile) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(reportFile, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch (error) {
    console.error(`no report of this run: ${String(error)}`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
