// Runs every suite, one after the other, whatever became of those before it, and counts: `.ci/run` starts this after `npm ci`.
// A suite of tests counts each test, as its own report says; a check counts one. The last line is the sum.
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { runBounded } from "./lib/run-bounded.mjs";
import { readCounted, readCounts, vitestReader } from "./lib/suite-reports.mjs";
import { listWorkspaces } from "./lib/workspaces.mjs";

const root = resolve(import.meta.dirname, "..");
const SUITE_TIMEOUT_MS = 15 * 60_000;
const readVitest = vitestReader(root);

const turbo = (...args) => [process.execPath, ["scripts/turbo.mjs", "run", "--output-logs=new-only", ...args]];
const npmRun = (...args) => ["npm", ["run", "--silent", ...args]];
const workspaces = listWorkspaces(root);

/** @typedef {import("./lib/suite-reports.mjs").Counts} Counts */
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

const rows = [];
for (const suite of suites) rows.push(await runSuite(suite));

console.log("");
console.table(
  rows.map(({ suite, seconds, passed, failed, skipped }) => ({
    suite,
    seconds,
    passed,
    failed,
    skipped: skipped.length,
  })),
);
for (const { suite, skipped } of rows) for (const name of skipped) console.log(`skipped in ${suite}: ${name}`);
for (const { suite, failures } of rows) for (const failure of failures) console.log(`failed in ${suite}: ${failure}`);
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
if (failed > 0) process.exitCode = 1;
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
  const counts = report
    ? readCounts(join(root, report.file), report.read)
    : { passed: 1, failed: 0, failures: [], skipped: [] };
  const row = { suite: name, seconds: Math.round((Date.now() - startedMs) / 1000), ...counts };
  if (status === 0 || counts.failed > 0) return row;
  // A report without a failure from a run that failed is not to be believed: a file that does not load has no tests in it.
  const failures = counts.failures.length > 0 ? counts.failures : [`it ended with ${status ?? signal ?? error}`];
  return { ...row, passed: report ? counts.passed : 0, failed: 1, failures };
}
