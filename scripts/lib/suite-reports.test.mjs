import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readCounted, readCounts, vitestReader } from "./suite-reports.mjs";

const result = (status, fullName, ...failureMessages) => ({ status, fullName, failureMessages });

test("a failed test is named, with its file and why, on one line; so are a skipped one and a file that did not load", () => {
  const read = vitestReader("/project");
  const counts = read({
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      {
        name: "/project/packages/a/test/a.test.ts",
        status: "failed",
        assertionResults: [
          result("passed", "holds"),
          result("failed", "orders keeps", `expected 2\n  to be 1${" ".repeat(400)}at x`),
          result("skipped", "needs more"),
        ],
      },
      { name: "/project/packages/b/test/b.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    ],
  });
  assert.deepEqual(counts, {
    passed: 1,
    failed: 1,
    failures: [
      "packages/a/test/a.test.ts: orders keeps: expected 2 to be 1 at x",
      "packages/b/test/b.test.ts: no such module",
    ],
    skipped: ["needs more"],
  });
});

test("a report that is missing, broken or without a test is a failure that says so", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-reports-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "report.json");
  const told = () => {
    const { passed, failed, failures } = readCounts(file, readCounted);
    return [passed, failed, failures.length === 1 ? failures[0].replace(/ \(.*\)$/u, "") : failures];
  };
  assert.deepEqual(told(), [0, 1, "it left no report that can be read"]);
  writeFileSync(file, '{"passed":');
  assert.deepEqual(told(), [0, 1, "it left no report that can be read"]);
  writeFileSync(file, '{"passed":0,"failed":0,"failedTests":[],"skippedTests":[]}');
  assert.deepEqual(told(), [0, 1, "its report has no test"]);
  writeFileSync(file, '{"passed":3,"failed":1,"failedTests":["disk full:\\n it lost 2"],"skippedTests":[]}');
  assert.deepEqual(told(), [3, 1, "disk full: it lost 2"]);
});
