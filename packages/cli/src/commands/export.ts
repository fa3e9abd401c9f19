import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { packingOf } from "@plumbline/jsonl";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { ExportCursor } from "../export/export-cursor.ts";
import { type ExportProgress, type FileExporter, loadOtlp } from "../export/otlp-module.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const DEFAULT_RETRY_SECONDS = 300;
const BAR_WIDTH = 24;

export interface ExportCommandOptions {
  readonly endpoint?: string;
  readonly protocol?: string;
  readonly header: readonly string[];
  readonly gzip?: boolean;
  readonly cursor?: string;
  readonly retryFor: string;
}

/** A file that is to be sent. */
interface ExportFile {
  /** As it was given. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export function exportCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "export",
    summary: "send files of events to an OTLP receiver",
    details: `
Files hold Plumbline's lines, or OTLP/JSON requests (one a line, or one a file); those that end in .gz or .zst are unpacked. Lines keep their ids as
log.record.uid. With --cursor, an export that was stopped goes on where it was; what was under way then is sent once more.
A last line without its end is unfinished: it is left for the next time.
What the options leave out comes from OTEL_EXPORTER_OTLP_*. It needs @plumbline/otlp.
`,
    examples: [
      { type: "plumbline export telemetry/*.jsonl --endpoint http://localhost:4318", does: "to a collector" },
      { type: "plumbline export big.jsonl.gz --endpoint https://c --cursor big.cursor", does: "to be resumed" },
    ],
  })
    .argument("<file...>", "files of lines or of OTLP/JSON")
    .option("-e, --endpoint <url>", "the receiver; /v1/logs and its like are added")
    .option("-p, --protocol <protocol>", "http/protobuf or http/json")
    .option("-H, --header <name=value>", "a header for each request; may be repeated", collect, [])
    .option("-z, --gzip", "compress requests")
    .option("-c, --cursor <file>", "remember how far each file is, and go on from there")
    .option("--retry-for <seconds>", "how long one batch is tried", String(DEFAULT_RETRY_SECONDS))
    .action(async (files: readonly string[], options: ExportCommandOptions) => {
      report(await exportFiles(console, files, options));
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Sends files, one after the other. Exits with 1 when something was refused or was no event. */
async function exportFiles(
  console: Console,
  names: readonly string[],
  options: ExportCommandOptions,
): Promise<ExitCode> {
  const otlp = await loadOtlp(console.cwd);
  const files = await Promise.all(names.map((name) => fileAt(console, name)));
  const cursor = await ExportCursor.open(options.cursor && resolve(console.cwd, options.cursor));
  const warn = (message: string): void => console.err.say(`plumbline: ${safeText(message)}\n`);
  const quiet = (): void => undefined;
  const exporter = otlp.createFileExporter(toOtlpOptions(options), {
    clock: console.clock,
    diagnostics: { error: warn, warn, info: quiet, debug: quiet, verbose: quiet },
    env: console.env,
    retryForMs: secondsOf(options.retryFor) * 1000,
  });
  const totals = new Totals(files);
  console.progress.watch(() => totals.bar());
  try {
    for (const file of files) await exportFile(console, exporter, file, cursor, totals);
  } finally {
    await console.progress.clear();
    exporter.close();
    console.err.print(`${totals.sentence()}\n`);
  }
  return totals.isClean ? EXIT.ok : EXIT.found;
}

async function exportFile(
  console: Console,
  exporter: FileExporter,
  { path }: ExportFile,
  cursor: ExportCursor,
  totals: Totals,
): Promise<void> {
  const { signal } = console.interruptions;
  const start = await cursor.start(path);
  let kept = start;
  const end = await exporter.send(path, start, signal, async (progress) => {
    totals.at(progress);
    if (progress.offset === kept) return;
    kept = progress.offset;
    await cursor.keep(path, kept);
  });
  totals.next(end);
}

const NOTHING: ExportProgress = { offset: 0, delivered: 0, rejected: 0, invalid: 0, unfinished: 0 };

/** What was sent of all files. */
class Totals {
  readonly #bytes: number;
  #done: ExportProgress = NOTHING;
  #current: ExportProgress = this.#done;

  constructor(files: readonly ExportFile[]) {
    // Of a packed file nobody knows how much is in it.
    const isKnown = files.every(({ path }) => packingOf(path) === undefined);
    this.#bytes = isKnown ? files.reduce((sum, { size }) => sum + size, 0) : 0;
  }

  get isClean(): boolean {
    return this.#sum("rejected") + this.#sum("invalid") === 0;
  }

  at(progress: ExportProgress): void {
    this.#current = progress;
  }

  next(end: ExportProgress): void {
    this.at(end);
    this.#done = {
      offset: this.#sum("offset"),
      delivered: this.#sum("delivered"),
      rejected: this.#sum("rejected"),
      invalid: this.#sum("invalid"),
      unfinished: this.#sum("unfinished"),
    };
    this.#current = NOTHING;
  }

  bar(): string {
    const sent = `${formatCount(this.#sum("delivered"))} sent`;
    if (this.#bytes === 0) return `exporting: ${sent}`;
    const part = Math.min(1, this.#sum("offset") / this.#bytes);
    const full = Math.round(part * BAR_WIDTH);
    return `exporting: [${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] ${Math.floor(part * 100)}% ${sent}`;
  }

  sentence(): string {
    const rejected = this.#sum("rejected");
    const invalid = this.#sum("invalid");
    const unfinished = this.#sum("unfinished");
    return [
      `exported: ${formatCount(this.#sum("delivered"))}`,
      ...(rejected === 0 ? [] : [`refused: ${formatCount(rejected)}`]),
      ...(invalid === 0 ? [] : [`no event: ${formatCount(invalid)}`]),
      ...(unfinished === 0 ? [] : [`unfinished: ${formatCount(unfinished)}`]),
    ].join(", ");
  }

  #sum(name: keyof ExportProgress): number {
    return this.#done[name] + this.#current[name];
  }
}

async function fileAt(console: Console, name: string): Promise<ExportFile> {
  const path = resolve(console.cwd, name);
  try {
    const { size } = await stat(path);
    return { name, path, size };
  } catch (cause) {
    const code = errorCode(cause);
    throw cliError("PLB_CLI_NO_FILE", { message: `${name} cannot be read (${code}).`, details: { path: name, code } });
  }
}

function toOtlpOptions({ endpoint, protocol, header, gzip }: ExportCommandOptions): Readonly<Record<string, unknown>> {
  return {
    endpoint,
    protocol,
    ...(gzip === true ? { compression: "gzip" } : {}),
    ...(header.length === 0 ? {} : { headers: Object.fromEntries(header.map((each) => headerOf(each))) }),
  };
}

function headerOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  // The text is not repeated: it may be a token.
  if (equals < 1) throw cliError("PLB_CLI_USAGE", { message: "--header is given as name=value." });
  return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

function secondsOf(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) throw cliError("PLB_CLI_USAGE", { message: "--retry-for is given in whole seconds." });
  return seconds;
}
