import { PlumblineError } from "@plumbline/core";
import { CommanderError } from "commander";
import { describeProblem } from "./config/describe-problem.ts";
import { InvalidConfigError } from "./config/invalid-config-error.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import type { Console } from "./terminal/console.ts";
import { OutputClosedError } from "./terminal/output.ts";
import { printError } from "./terminal/print-error.ts";

/** Errors that mean: nothing was begun, the command line or the configuration must change first. */
const USAGE_AREAS =
  /^PLB_(?:CONFIG|OTLP_OPTION|STREAM_CURSOR|SERVE_(?:OPTION|TLS|AUTH)|CLI_CURSOR|CLI_USAGE|CLI_FILE_EXISTS|CLI_TLS|CLI_NO_|HANDOFF_OTHER_DESTINATION|(?:PLUGIN|HANDOFF|SFTP|S3)_OPTIONS_INVALID|WATCH_OPTION_INVALID)/;

/** Runs one command line (without the program's own name). Never rejects; everything it says has been written when it resolves. */
export async function run(args: readonly string[], console: Console): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  try {
    const program = createProgram(console, (reported) => {
      code = reported;
    });
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    code = await explain(error, console);
  }
  return finish(code, console);
}

async function explain(error: unknown, console: Console): Promise<ExitCode> {
  if (error instanceof OutputClosedError) return EXIT.ok;
  if (error instanceof CommanderError) {
    // Help and version were asked for; help without a command is an answer to a wrong command line.
    if (error.exitCode === 0) return EXIT.ok;
    return EXIT.usage;
  }
  const { interruptions } = console;
  if (interruptions.signal.aborted && isAbort(error, interruptions.signal)) return interruptions.exitCode;
  await console.progress.clear();
  if (error instanceof InvalidConfigError) {
    for (const problem of error.problems) console.err.print(describeProblem(problem, console.errColours));
    return EXIT.usage;
  }
  printError(console, error);
  return PlumblineError.isInstance(error) && USAGE_AREAS.test(error.code) ? EXIT.usage : EXIT.failed;
}

/** Writes what is left, which a command that has ended need not have done. A reader that has gone is no failure; an output that fails is. */
async function finish(code: ExitCode, console: Console): Promise<ExitCode> {
  let result = code;
  const leftOut = console.out.leftOut + console.err.leftOut;
  if (leftOut > 0)
    console.err.print(`plumbline: ${leftOut} lines are left out here: the reader was too slow for them\n`);
  for (const output of [console.out, console.err]) {
    try {
      await output.flush();
    } catch (error) {
      if (error instanceof OutputClosedError || output === console.err) continue;
      printError(console, error);
      result = EXIT.failed;
    }
  }
  return result;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === "AbortError");
}
