// The suites that meet the world outside: packed tarballs in a project of their own, real servers, other tools. `npm run test:interop`.
//
// A suite is a `*.test.mjs` for node:test in `scripts/interop/`, or in a package's `interop/`. It installs and starts what it needs in a
// temporary folder. Where the machine lacks something, it calls `t.skip("needs …")`: what was skipped is printed here by name, at the end.
// Arguments filter by file name: `npm run test:interop -- tarballs`.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const root = resolve(import.meta.dirname, "..");
const folders = [
  join(root, "scripts/interop"),
  ...readdirSync(join(root, "packages")).map((name) => join(root, "packages", name, "interop")),
];
const wanted = process.argv.slice(2);
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => file.endsWith(".test.mjs"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => relative(root, file).includes(part)));
if (files.length === 0) {
  console.error("There is no such interop suite.");
  process.exit(1);
}

const counts = { passed: 0, failed: 0, skipped: 0 };
const failed = [];
const skipped = [];
const events = run({ files, concurrency: 1, timeout: 600_000 });
events.on("test:pass", (event) => {
  if (event.details.type === "suite" || files.includes(resolve(event.name))) return;
  if (event.skip === undefined && event.todo === undefined) {
    counts.passed += 1;
  } else {
    counts.skipped += 1;
    skipped.push(`${event.name}: ${event.skip ?? event.todo}`);
  }
});
events.on("test:fail", (event) => {
  if (event.details.type === "suite") return;
  counts.failed += 1;
  const { cause, message } = event.details.error;
  failed.push(`${event.name}: ${cause?.message ?? message}`);
});
const printed = events.compose(new spec());
for await (const chunk of printed) process.stdout.write(chunk);

mkdirSync(join(root, "reports"), { recursive: true });
const report = { ...counts, failedTests: failed, skippedTests: skipped };
writeFileSync(join(root, "reports/interop.json"), `${JSON.stringify(report, null, 2)}\n`);
for (const line of skipped) console.log(`skipped: ${line}`);
console.log(`interop: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
