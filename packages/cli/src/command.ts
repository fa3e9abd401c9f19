import { Command } from "commander";
import { EXIT_CODE_HELP } from "./exit-code.ts";

/** One line of an example: what to type, and what it does. */
export interface Example {
  readonly type: string;
  readonly does: string;
}

/** A command with what all of ours have: examples under its help. */
export function createCommand(name: string, summary: string, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(({ type }) => type.length));
  const lines = examples.map(({ type, does }) => `  $ ${type.padEnd(width)}   ${does}`);
  return new Command(name).description(summary).addHelpText("after", `\nExamples:\n${lines.join("\n")}\n\n${EXIT_CODE_HELP}`);
}
