import { relative } from "node:path";
import { createErrorFactory } from "@plumbline/core";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { describeProblem } from "../config/describe-problem.ts";
import { readPlan } from "../config/read-plan.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface ValidateOptions {
  readonly json?: boolean;
}

export function validateCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "validate",
    summary: "check a config whole: every mistake with its place, without starting anything",
    examples: [
      { type: "plumbline validate", does: "the config that a service here would use" },
      { type: "plumbline validate config/telemetry.yaml", does: "another file" },
      { type: "plumbline validate --json | jq '.problems[]'", does: "for a program" },
    ],
  })
    .argument("[file]", "the config; without it PLUMBLINE_CONFIG, else plumbline.{yaml,yml,json,mjs} here")
    .option("--json", "print one JSON object with all problems")
    .action(async (file: string | undefined, options: ValidateOptions) => {
      report(await validate(console, file, options));
    });
}

/** Checks a config. Exits with 2 when something is wrong with it, as every command does that needs it. */
async function validate(console: Console, file: string | undefined, options: ValidateOptions): Promise<ExitCode> {
  const { colours, cwd } = console;
  const { file: read, problems } = await readPlan(console, file);
  // To pass where nothing was looked at would hide a wrong folder in CI.
  if (read === undefined && problems.length === 0) throw cliError("PLB_CLI_NO_CONFIG");
  const isOk = problems.length === 0;
  if (options.json === true) {
    await console.out.write(`${JSON.stringify({ ok: isOk, file: read ?? null, problems })}\n`);
    return isOk ? EXIT.ok : EXIT.usage;
  }
  for (const problem of problems) await console.out.write(describeProblem(problem, colours));
  const name = safeText(read === undefined ? "the config" : relative(cwd, read) || read);
  const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
  await console.out.write(
    isOk ? `${colours.green("ok")}: ${name} is valid\n` : `\n${colours.red("not ok")}: ${name} has ${count}\n`,
  );
  return isOk ? EXIT.ok : EXIT.usage;
}
