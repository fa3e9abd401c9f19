import { Command } from "commander";
import { EXIT_CODE_HELP } from "./exit-code.ts";

/** One line of an example: what to type, and what it does. */
export interface Example {
  readonly type: string;
  readonly does: string;
}

/** What every command of ours has. */
export interface CommandText {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What the options alone do not say; stands below them. */
  readonly details?: string;
  readonly examples: readonly Example[];
}

/** A command whose help ends with details, examples and the exit codes. */
export function createCommand({ name, summary, details, examples }: CommandText): Command {
  const lines = examples.map(({ type, does }) => `  # ${does}\n  $ ${type}\n`);
  const about = details === undefined ? "" : `\n${details.trim()}\n`;
  return new Command(name)
    .description(summary)
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", `${about}\nExamples:\n${lines.join("\n")}\n${EXIT_CODE_HELP}`);
}
