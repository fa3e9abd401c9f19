// What a suite's report says, in one shape: how many tests passed, and by name which failed or were skipped.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const MESSAGE_CHARACTERS = 300;

/** @typedef {{ passed: number, failed: number, failures: string[], skipped: string[] }} Counts */

/**
 * @param {string} root what the names of test files are relative to
 * @returns {(report: any) => Counts}
 */
export function vitestReader(root) {
  return ({ numPassedTests, numFailedTests, testResults }) => {
    const tests = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map((test) => ({ ...test, file: relative(root, name) })),
    );
    const failures = tests
      .filter(({ status }) => status === "failed")
      .map(({ file, fullName, failureMessages }) => `${file}: ${fullName}: ${beginning(failureMessages[0])}`);
    const unloaded = testResults
      .filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0)
      .map(({ name, message }) => `${relative(root, name)}: ${beginning(message)}`);
    const skipped = tests
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ fullName }) => fullName);
    return { passed: numPassedTests, failed: numFailedTests, failures: [...failures, ...unloaded], skipped };
  };
}

/** @returns {Counts} */
export function readCounted({ passed, failed, failedTests, skippedTests }) {
  return { passed, failed, failures: failedTests.map((test) => beginning(test)), skipped: skippedTests };
}

/**
 * @param {string} file
 * @param {(report: any) => Counts} read
 * @returns {Counts} a suite that left no report, or an empty one, has failed
 */
export function readCounts(file, read) {
  try {
    const counts = read(JSON.parse(readFileSync(file, "utf8")));
    return counts.passed + counts.failed > 0
      ? counts
      : { ...counts, failed: 1, failures: [...counts.failures, "its report has no test"] };
  } catch (error) {
    return {
      passed: 0,
      failed: 1,
      failures: [`it left no report that can be read (${beginning(String(error))})`],
      skipped: [],
    };
  }
}

/** On one line. @param {string} [message] */
function beginning(message) {
  const line = (message ?? "").replaceAll(/\s+/gu, " ").trim();
  return line.length > MESSAGE_CHARACTERS ? `${line.slice(0, MESSAGE_CHARACTERS)}…` : line;
}
