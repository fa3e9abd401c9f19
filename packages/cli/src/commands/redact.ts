import { createErrorFactory } from "@plumbline/core";
import { readLines } from "@plumbline/jsonl";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { createPlanRedactor } from "../config/plan-redactor.ts";
import { type ConfigOption, requirePlan } from "../config/read-plan.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { untilAborted } from "../input/until-aborted.ts";
import { withPauses } from "../input/with-pauses.ts";
import { type InputFinding, LineRedactor, type RedactedPart } from "../redact/redact-lines.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";
import { renderTable } from "../terminal/table.ts";

/** What is held back is shown when nothing more has come for so long. */
const PAUSE_MS = 100;

const cliError = createErrorFactory(CLI_ERRORS);

export interface RedactOptions {
  readonly explain?: boolean;
  readonly json?: boolean;
  readonly config?: ConfigOption;
}

export function redactCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "redact",
    summary: "take secrets out of text or JSON lines, from standard input to standard output",
    details: `
Lines of text are looked at together, since a name and its value may stand in lines of their own; a line of JSON by itself, unless the text
before it goes on there. When nothing has come for ${PAUSE_MS} ms what is held is shown, but for lines at the end whose value may be still to come.
A value of more than 512 KiB in several lines is cut there, and what follows is looked at by itself.
`,
    examples: [
      { type: "plumbline redact < app.log > app.redacted.log", does: "what holds no secret comes out byte for byte" },
      {
        type: "plumbline redact --explain < app.log",
        does: "where secrets stand and which rule knows them; exits with 1 if there are any",
      },
      {
        type: "plumbline redact --explain --json < dump.jsonl",
        does: "the same for a program, one JSON object a finding",
      },
    ],
  })
    .option("--explain", "show where the secrets are instead of the text without them; never the secrets")
    .option("--json", "with --explain: one JSON object a line")
    .option("-c, --config <file>", "whose redaction rules to apply; without it those of a service here")
    .option("--no-config", "the built-in rules")
    .action(async (options: RedactOptions) => {
      report(await redact(console, options));
    });
}

/** Redacts standard input. Exits with 1 when it was to explain and something was found. */
async function redact(console: Console, options: RedactOptions): Promise<ExitCode> {
  if (options.json === true && options.explain !== true) {
    throw cliError("PLB_CLI_USAGE", { message: "--json goes with --explain: without it the text comes out as it is." });
  }
  const redactor = new LineRedactor(createPlanRedactor(await requirePlan(console, options.config), console));
  const explanation = options.explain === true ? new Explanation(console, options.json === true) : undefined;
  const { interruptions } = console;
  const input = untilAborted(console.input, interruptions.signal);
  const batches = withPauses(readLines(input, { lineEnd: "lf-or-crlf" }), console.clock, PAUSE_MS);
  for await (const lines of batches) {
    await show(lines === undefined ? redactor.rest() : lines.flatMap((line) => redactor.take(line)));
  }
  await show(redactor.end());
  if (interruptions.signal.aborted) return interruptions.exitCode;
  return explanation === undefined ? EXIT.ok : explanation.end();

  async function show(parts: readonly RedactedPart[]): Promise<void> {
    if (explanation === undefined) await console.out.writeBytes(Buffer.concat(parts.map(({ bytes }) => bytes)));
    else for (const { findings } of parts) await explanation.show(findings);
  }
}

/** Says where secrets were found, and at the end how many of each rule. */
class Explanation {
  readonly #console: Console;
  readonly #isJson: boolean;
  readonly #counts = new Map<string, number>();

  constructor(console: Console, isJson: boolean) {
    this.#console = console;
    this.#isJson = isJson;
  }

  async show(findings: readonly InputFinding[]): Promise<void> {
    for (const finding of findings) {
      this.#counts.set(finding.rule, (this.#counts.get(finding.rule) ?? 0) + 1);
      await this.#console.out.write(this.#isJson ? `${JSON.stringify(finding)}\n` : describe(finding, this.#console));
    }
    await this.#console.out.flush();
  }

  async end(): Promise<ExitCode> {
    if (!this.#isJson) await this.#console.out.write(summary(this.#counts, this.#console));
    return this.#counts.size === 0 ? EXIT.ok : EXIT.found;
  }
}

function describe({ line, column, field, rule }: InputFinding, { colours }: Console): string {
  const place = column === undefined ? `${line}` : `${line}:${column}`;
  const inField = field === undefined || field === "" ? "" : ` ${colours.dim("in")} ${safeText(field)}`;
  return `${place} ${colours.red(safeText(rule))}${inField}\n`;
}

function summary(counts: ReadonlyMap<string, number>, { colours }: Console): string {
  if (counts.size === 0) return `${colours.green("ok")}: no secret found\n`;
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([rule, count]) => [safeText(rule), formatCount(count)]);
  return `\n${renderTable([{ title: "rule" }, { title: "found", align: "right" }], rows, colours)}`;
}
