import type { ConfigProblem, SystemPlan } from "@plumbline/sdk";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { createPlanRedactor } from "../config/plan-redactor.ts";
import { type ConfigOption, requirePlan } from "../config/read-plan.ts";
import { describeProblem } from "../config/describe-problem.ts";
import { InvalidConfigError } from "../config/invalid-config-error.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { renderSecrets } from "../verify/render-secrets.ts";
import { renderVerified } from "../verify/render-verified.ts";
import { total, type Verified, verifyPath } from "../verify/verify-path.ts";

/** How many findings of a file or journal are listed; all are counted. */
const MAX_FINDINGS = { text: 20, json: 1000 } as const;

export interface VerifyCommandOptions {
  readonly json?: boolean;
  readonly secrets?: boolean;
  readonly config?: ConfigOption;
}

export function verifyCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "verify",
    summary: "read files back and count what is wrong: torn, missing, repeated, displaced, secret",
    details: `
What is counted:
  torn       the file ends with a line that nothing ends
  damaged    a line that is not one event: NUL bytes, not UTF-8, not JSON, glued, no time, or a time, severity or id that is none
  missing    numbers of an epoch that never came
  repeated   numbers that came twice
  displaced  numbers that came after a higher one
  secrets    what the redaction rules know and that is not redacted
A journal that is being written may end in a line that is not finished yet: verify it when the service has stopped.
`,
    examples: [
      { type: "plumbline verify telemetry/", does: "every journal of a folder, with its sealed segments" },
      { type: "plumbline verify out.jsonl", does: "one file" },
      { type: "plumbline verify --secrets telemetry/", does: "only what the redaction rules of today find in it" },
      { type: "plumbline verify --json telemetry/ | jq .ok", does: "for a program" },
    ],
  })
    .argument("<path...>", "files, or folders of journals; a file that ends in .gz or .zst is unpacked")
    .option("--json", "print one JSON object with all counts and findings")
    .option("-s, --secrets", "look for secrets alone: exit with 1 when there are any, whatever else is wrong")
    .option(
      "-c, --config <file>",
      "whose redaction rules say what is a secret; without it that of a service here, where one that is wrong is a finding",
    )
    .option("--no-config", "the built-in rules")
    .action(async (paths: readonly string[], options: VerifyCommandOptions) => {
      report(await verify(console, paths, options));
    });
}

/** Verifies files and folders. Exits with 1 when anything was found; with `--secrets`, when a secret was. */
async function verify(console: Console, paths: readonly string[], options: VerifyCommandOptions): Promise<ExitCode> {
  const maxFindings = options.json === true ? MAX_FINDINGS.json : MAX_FINDINGS.text;
  const { plan, problems } = await rulesFor(console, options);
  const redactor = createPlanRedactor(plan, console);
  const verified: Verified[] = [];
  let events = 0;
  console.progress.watch(() => `verifying: ${formatCount(events)} events`);
  try {
    for (const path of paths) {
      const { signal } = console.interruptions;
      const onEvent = (): void => {
        events += 1;
      };
      verified.push(...(await verifyPath(path, { redactor, maxFindings, signal, onEvent })));
    }
  } finally {
    await console.progress.clear();
  }
  const { report, secretCount } = total(verified, maxFindings);
  const isOnlySecrets = options.secrets === true;
  const isOk = (isOnlySecrets || report.ok) && secretCount === 0 && problems.length === 0;
  if (options.json === true) {
    const journals = verified.map(({ path, report: found, secrets, secretCount: count, setAside }) => ({
      path,
      ...(isOnlySecrets ? { files: found.files, lines: found.lines, events: found.events } : found),
      secrets,
      secretCount: count,
      setAside,
    }));
    await console.out.write(
      `${JSON.stringify({ ok: isOk, events: report.events, secretCount, configProblems: problems, journals })}\n`,
    );
  } else {
    await console.out.write((isOnlySecrets ? renderSecrets : renderVerified)(verified, console.colours));
  }
  return isOk ? EXIT.ok : EXIT.found;
}

/**
 * The plan whose rules say what is a secret. A wrong config that nobody named is one more finding, so that lines can be counted while it is being mended; the
 * built-in rules stand in for it. Throws {@link InvalidConfigError} where the rules are what was asked for.
 */
async function rulesFor(
  console: Console,
  { config, secrets }: VerifyCommandOptions,
): Promise<{ plan: SystemPlan; problems: readonly ConfigProblem[] }> {
  try {
    return { plan: await requirePlan(console, config), problems: [] };
  } catch (error) {
    if (!(error instanceof InvalidConfigError) || config !== undefined || secrets === true) throw error;
    const { problems } = error;
    for (const problem of problems) console.err.print(describeProblem(problem, console.errColours));
    console.err.print("plumbline: the config here is invalid: secrets are looked for by the built-in rules alone\n");
    return { plan: await requirePlan(console, false), problems };
  }
}
