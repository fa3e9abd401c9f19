import { AssertionError } from "node:assert";
import type { ContractCase } from "../src/index.ts";

/** Runs a suite, and tells the names of the cases that failed, each with its message. What is no broken rule is thrown. */
export async function failuresOf(cases: readonly ContractCase[]): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      failures.set(name, error.message);
    }
  }
  return failures;
}
