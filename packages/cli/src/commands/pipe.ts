import { resolve } from "node:path";
import type { AttributesInput } from "@plumbline/core";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { createPlanRedactor } from "../config/plan-redactor.ts";
import { type ConfigOption, requirePlan } from "../config/read-plan.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import type { EventTarget } from "../pipe/event-target.ts";
import { openFileTarget } from "../pipe/file-target.ts";
import { createOutputTarget } from "../pipe/output-target.ts";
import { openConfiguredTarget } from "../pipe/pipeline-target.ts";
import { type Pumped, pump } from "../pipe/pump.ts";
import { WriterPool } from "../pipe/writer-pool.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";

export interface PipeOptions {
  readonly out?: string;
  readonly config?: ConfigOption;
  readonly service?: string;
}

export function pipeCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "pipe",
    summary: "turn lines of any logger into events: whole, redacted, numbered",
    details: `
Every line of input becomes exactly one event, in order:
  JSON objects of pino, bunyan, winston and others are mapped: level, time, message, error, trace ids, logger name;
  what is left are attributes. So are Plumbline's own lines, and OTLP/JSON requests with one log record.
  Any other text is the event's body as it is, empty lines too; an OTLP request with several records is one such line.
  What is not UTF-8 is a body of bytes. Of a line over 4 MiB the beginning is kept, and plumbline.cut_bytes says how much is not.
LF or CRLF ends a line; a CR anywhere else is part of it. Input is read as fast as it can be written, and never dropped.
With --out a config is read for its redaction rules, limits and service alone; sinks and processors stay out.
The first Ctrl-C lets the input end by itself, the second stops at once and writes what was read.
`,
    examples: [
      { type: "node service.js | plumbline pipe --out service.jsonl", does: "into one file" },
      { type: "cat old.log | plumbline pipe --out - | jq .body", does: "to standard output, without ids" },
      { type: "node service.js | plumbline pipe", does: "into the journal and sinks of plumbline.yaml" },
    ],
  })
    .option(
      "-o, --out <file>",
      "append to this file, which nobody else may be writing, and never rotate it; - is standard output",
    )
    .option("-c, --config <file>", "the config; without it PLUMBLINE_CONFIG, else plumbline.{yaml,yml,json,mjs} here")
    .option("--no-config", "read no config: the built-in rules")
    .option("--service <name>", "the service that the lines come from")
    .action(async (options: PipeOptions) => {
      report(await pipe(console, options));
    });
}

/** Pipes standard input into a file, standard output, or all that a config wires. */
async function pipe(console: Console, options: PipeOptions): Promise<ExitCode> {
  const { interruptions, progress, err, errColours } = console;
  interruptions.tolerateOne(() => {
    err.say(`${errColours.dim("plumbline: reading on until the input ends; Ctrl-C again stops now")}\n`);
    progress.watch(() => "waiting for the input to end");
  });
  const target = await openTarget(console, options);
  let pumped: Pumped = { lines: 0, bytes: 0 };
  progress.watch(() => describe(pumped));
  try {
    pumped = await pump(console, target, (now) => {
      pumped = now;
    });
  } finally {
    await progress.clear();
    await target.close();
  }
  if (err.isTerminal) err.print(`${errColours.dim(`plumbline: ${describe(pumped)}`)}\n`);
  for (const loss of target.losses()) err.print(`${errColours.yellow("plumbline:")} ${safeText(loss)}\n`);
  if (interruptions.signal.aborted) return interruptions.exitCode;
  return target.losses().length === 0 ? EXIT.ok : EXIT.failed;
}

async function openTarget(console: Console, options: PipeOptions): Promise<EventTarget> {
  const { out, config, service } = options;
  const overrides = service === undefined ? {} : { service: { name: service } };
  const plan = await requirePlan(console, config, overrides);
  if (out === undefined) return openConfiguredTarget(console, { config, overrides, plan });
  const writers = new WriterPool({
    clock: console.clock,
    limits: plan.config.limits,
    redactor: createPlanRedactor(plan, console),
    resource: withoutProcess(plan.resource),
  });
  if (out === "-") return createOutputTarget(console.out, writers);
  const say = (message: string): void => console.err.say(`plumbline: ${safeText(message)}\n`);
  return openFileTarget({
    path: resolve(console.cwd, out),
    writers,
    clock: console.clock,
    diagnostics: { info: say, warn: say, error: say },
  });
}

/** The process that pipes is not the one whose lines these are. */
function withoutProcess(resource: AttributesInput): AttributesInput {
  return Object.fromEntries(Object.entries(resource).filter(([key]) => !key.startsWith("process.")));
}

function describe({ lines, bytes }: Pumped): string {
  return `${formatCount(lines)} ${lines === 1 ? "line" : "lines"}, ${formatCount(bytes)} bytes`;
}
