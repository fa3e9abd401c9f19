import { PlumblineError } from "@plumbline/core";
import type { Console } from "./console.ts";
import { safeText } from "./safe-text.ts";

/** Says on standard error what happened, why, and how to mend it, with the code to look it up by. Never a stack trace. */
export function printError(console: Console, error: unknown): void {
  const { err, errColours: colours } = console;
  if (!PlumblineError.isInstance(error)) {
    err.print(
      `${colours.red("error")}: ${safeText(error instanceof Error ? `${error.name}: ${error.message}` : String(error))}\n`,
    );
    err.print(`${colours.dim("  why")}   The command met something it does not know: a fault of its own.\n`);
    err.print(`${colours.dim("  mend")}  Please report it with the command line.\n`);
    return;
  }
  err.print(`${colours.red("error")} ${colours.bold(error.code)}: ${indent(error.message)}\n`);
  err.print(`${colours.dim("  why")}   ${indent(error.why)}\n`);
  err.print(`${colours.dim("  mend")}  ${indent(error.mend)}\n`);
}

/** Several lines of one message stand under its beginning. */
function indent(text: string): string {
  return text.trimEnd().split("\n").map(safeText).join("\n        ");
}
