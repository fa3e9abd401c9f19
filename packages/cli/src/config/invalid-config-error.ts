import type { ConfigProblem } from "@plumbline/sdk";

/** A command needs a config and the config is wrong: every problem is shown, each with its own code, and nothing was begun. */
export class InvalidConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super("The config is invalid.");
    this.name = "InvalidConfigError";
    this.problems = problems;
  }
}
