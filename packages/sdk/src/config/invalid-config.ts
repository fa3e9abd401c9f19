import type { PlumblineError } from "@plumbline/core";
import { sdkError } from "../error-codes.ts";
import { type ConfigProblem, formatProblem } from "./problem.ts";

const MAX_PRINTED = 50;

/** One error for all that is wrong with a config: its message is to be read by people, its `details.problems` by programs. */
export function invalidConfig(problems: readonly ConfigProblem[]): PlumblineError {
  const printed = problems.slice(0, MAX_PRINTED).map((problem) => `  ${formatProblem(problem)}`);
  const left = problems.length - printed.length;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const message = [`The config is invalid: ${count}.`, ...printed, ...(left > 0 ? [`  and ${left} more`] : [])].join(
    "\n",
  );
  return sdkError("PLB_CONFIG_INVALID", { message, details: { problems } });
}
