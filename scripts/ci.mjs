// Runs every suite, one after the other, whatever became of those before it, and counts: `.ci/run` starts this after `npm ci`.
// A suite of tests counts each test, as its own report says; a check counts one. The last line is the sum.
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { runBounded } from "./lib/run-bounded.mjs";
import { listWorkspaces } from "./lib/workspaces.mjs";

const root = resolve(import.meta.dirname, "..");
const SUITE_TIMEOUT_MS = 15 * 60_000;

const turbo = (...args) => [process.execPath, ["scripts/turbo.mjs", "run", "--output-logs=new-only", ...args]];
const npmRun = (...args) => ["npm", ["run", "--silent", ...args]];
const workspaces = listWorkspaces(root);

/** @type {{ name: string, command: [string, string[]], counts?: { file: string, read: (report: any) => Counts } }[]} */
const suites = [
  { name: "build", command: turbo("compile") },
  { name: "lint", command: turbo("oxlint") },
  { name: "format", command: npmRun("format:check") },
  ...["types", "source-shape", "unused", "errors", "text", "regular-expressions", "checkers"].map((name) => ({
    name,
    command: turbo(name),
  })),
  ...workspaces
    .filter(({ manifest }) => manifest.scripts?.check !== undefined)
    .map(({ name }) => ({ name: `check ${name}`, command: turbo("check", `--filter=${name}`) })),
  { name: "test", command: turbo("unit"), counts: { file: "reports/unit.json", read: readVitest } },
  ...["linear", "outage", "benches", "rounds"].map((form) => ({
    name: `test:${form}`,
    command: npmRun(`test:${form}`),
    counts: { file: `reports/${form}.json`, read: readVitest },
  })),
  {
    name: "test:interop",
    command: npmRun("test:interop"),
    counts: { file: "reports/interop.json", read: readCounted },
  },
  { name: "test:chaos", command: npmRun("test:chaos"), counts: { file: "reports/chaos.json", read: readCounted } },
  ...workspaces
    .filter(({ dir, manifest }) => dir.startsWith("examples") && manifest.scripts?.start !== undefined)
    .map(({ dir, name }) => ({ name: dir, command: npmRun("start", "--workspace", name) })),
];

/** @typedef {{ passed: number, failed: number, skipped: string[] }} Counts */

const rows = [];
for (const suite of suites) rows.push(await runSuite(suite));

console.log("");
console.table(rows.map(({ skipped, ...row }) => ({ ...row, skipped: skipped.length })));
for (const { suite, skipped } of rows) for (const name of skipped) console.log(`skipped in ${suite}: ${name}`);
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
if (failed > 0) {
  console.log(
    `failed: ${rows
      .filter((row) => row.failed > 0)
      .map((row) => row.suite)
      .join(", ")}`,
  );
  process.exitCode = 1;
}
console.log(`${rows.reduce((sum, row) => sum + row.passed, 0)} passed, ${failed} failed`);

async function runSuite({ name, command: [program, args], counts: report }) {
  console.log(`\n=== ${name}`);
  if (report) rmSync(join(root, report.file), { force: true });
  const startedMs = Date.now();
  const stdio = ["ignore", "inherit", "inherit"];
  const end = runBounded(program, args, { cwd: root, stdio, timeoutMs: SUITE_TIMEOUT_MS });
  const { status, signal, isLate, error } = await end.catch((error) => ({ status: null, error }));
  if (error) console.error(String(error));
  if (isLate)
    console.error(`${name} was ended, with all that it had started, after ${SUITE_TIMEOUT_MS / 60_000} minutes`);
  else if (signal) console.error(`${name} was ended by ${signal}`);
  const counts = report ? readCounts(report) : { passed: 1, failed: 0, skipped: [] };
  const row = { suite: name, seconds: Math.round((Date.now() - startedMs) / 1000), ...counts };
  // A report without a failure from a run that failed is not to be believed: a file that does not load has no tests in it.
  return status !== 0 && counts.failed === 0 ? { ...row, passed: report ? counts.passed : 0, failed: 1 } : row;
}

/** @returns {Counts} a suite that left no report, or an empty one, has failed */
function readCounts({ file, read }) {
  try {
    const counts = read(JSON.parse(readFileSync(join(root, file), "utf8")));
    return counts.passed + counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } catch (error) {
    console.error(`${file}: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

function readVitest({ numPassedTests, numFailedTests, testResults }) {
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName);
  return { passed: numPassedTests, failed: numFailedTests, skipped };
}

function readCounted({ passed, failed, skippedTests }) {
  return { passed, failed, skipped: skippedTests };
}
