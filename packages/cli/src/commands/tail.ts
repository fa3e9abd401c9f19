import { resolve } from "node:path";
import { createErrorFactory } from "@plumbline/core";
import { type JournalEntry, readLines } from "@plumbline/jsonl";
import { type Command, InvalidArgumentError } from "commander";
import { createCommand } from "../command.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { configuredJournal } from "../config/configured-journal.ts";
import { untilAborted } from "../input/until-aborted.ts";
import { printStream } from "../stream/print-stream.ts";
import { cursorBefore, RemoteStream } from "../stream/remote-stream.ts";
import { followFile, followJournal } from "../tail/follow.ts";
import { hasId, lastOfJournal, tailTarget } from "../tail/tail-target.ts";
import type { Console } from "../terminal/console.ts";
import { type EventFilter, isOpen } from "../view/event-filter.ts";
import { addFilterOptions, filterOf, type FilterOptions } from "../view/filter-options.ts";
import { LinePrinter } from "../view/line-printer.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const DEFAULT_LINES = 10;

export interface TailOptions extends FilterOptions {
  readonly follow?: boolean;
  readonly lines?: number;
  readonly json?: boolean;
  readonly url?: string;
  readonly tokenFile?: string;
}

export function tailCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "tail",
    summary: "show the last events of a journal, and those that come",
    details: `
Of a file -n counts the events that --severity, --name and --attr let through: the last 10 warnings. Of a server, which is not read back from
its end, it counts the last events of all, and what the filter lets through of them is shown: the warnings among the last 10.
`,
    examples: [
      { type: "plumbline tail -f", does: "the journal of the config here, as it is written" },
      { type: "plumbline tail telemetry/checkout.jsonl", does: `the last ${DEFAULT_LINES} events` },
      { type: "plumbline tail -f -n 0 telemetry/ --severity warn", does: "warnings and worse, as they come" },
      {
        type: "plumbline tail -n all telemetry/ --name 'payment.*' --attr order.id=42",
        does: "everything about one order",
      },
      { type: "plumbline tail --json telemetry/ | jq .body", does: "the lines as they stand in the file" },
      {
        type: "plumbline tail -f --url http://127.0.0.1:4700",
        does: "from a stream server, also through its restarts",
      },
      { type: "node service.js | plumbline tail -", does: "a service's standard output, for people" },
    ],
  });
  command
    .argument(
      "[path]",
      "a journal's file, its folder, or - for standard input; without it the journal of the config here",
    )
    .option("-f, --follow", "go on with what is written from now on, through rotations")
    .option("-n, --lines <count>", `how many events to begin with, or all (default: ${DEFAULT_LINES})`, parseLines);
  return addFilterOptions(command)
    .option("--url <address>", "a stream server in the place of a file; on this machine its token is found by itself")
    .option("--token-file <path>", "where that server's token stands")
    .option("--json", "show the lines as they stand in the file")
    .action(async (path: string | undefined, options: TailOptions) => {
      report(await tail(console, path, options));
    });
}

/** Shows the last events, and with `follow` those that come until the user stops it. */
async function tail(console: Console, given: string | undefined, options: TailOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const printer = new LinePrinter(console, filter, options.json === true ? "raw" : "pretty");
  if (options.url !== undefined) {
    if (given !== undefined) {
      throw cliError("PLB_CLI_USAGE", { message: "A path and --url name two journals. Give one of them." });
    }
    return tailServer(console, options.url, filter, printer, options);
  }
  if (options.tokenFile !== undefined) throw cliError("PLB_CLI_USAGE", { message: "--token-file goes with --url." });
  const path = given ?? (await configuredJournal(console));
  if (path === "-") return tailInput(console, printer);
  const location = await tailTarget(path, options.follow === true);
  const { signal } = console.interruptions;
  const { lines, newest } = await lastOfJournal(location, {
    count: options.lines ?? DEFAULT_LINES,
    accepts: (text) => printer.accepts(text),
    acceptsAll: isOpen(filter),
    signal,
  });
  for (const line of lines) await printer.print(line.text);
  if (options.follow !== true) return EXIT.ok;
  await console.out.flush();
  const follow = { location, clock: console.clock, signal };
  // Only a journal's lines can be found again by their ids; what is still empty is taken for one.
  const isJournal = newest === undefined || hasId(newest);
  const entries = isJournal ? followJournal(newest, follow) : followFile(newest.offset + newest.size + 1, follow);
  for await (const batch of entries) {
    for (const entry of batch) await show(entry, printer);
    await console.out.flush();
  }
  return console.interruptions.exitCode;
}

/** The same from a stream server: the last events of the journal's present run, before any filter. */
async function tailServer(
  console: Console,
  url: string,
  filter: EventFilter,
  printer: LinePrinter,
  options: TailOptions,
): Promise<ExitCode> {
  const { tokenFile, lines = DEFAULT_LINES, follow = false } = options;
  const server = await RemoteStream.at(
    console,
    url,
    tokenFile === undefined ? undefined : resolve(console.cwd, tokenFile),
  );
  const tip = await server.tip();
  // Nothing would ever say that all there is was shown.
  if (tip === undefined && !follow) return EXIT.ok;
  const items = await server.follow(cursorBefore(tip, lines), filter);
  await printStream(items, printer, { atLive: !follow, isOver: () => false }, () => console.out.flush());
  const { signal, exitCode } = console.interruptions;
  return signal.aborted ? exitCode : EXIT.ok;
}

async function tailInput({ input, interruptions, out }: Console, printer: LinePrinter): Promise<ExitCode> {
  for await (const lines of readLines(untilAborted(input, interruptions.signal), { lineEnd: "lf-or-crlf" })) {
    for (const { text } of lines) if (printer.accepts(text)) await printer.print(text);
    await out.flush();
  }
  return interruptions.signal.aborted ? interruptions.exitCode : EXIT.ok;
}

async function show(entry: JournalEntry, printer: LinePrinter): Promise<void> {
  if (entry.kind === "line") {
    if (printer.accepts(entry.text)) await printer.print(entry.text);
  } else if (entry.kind === "hole") {
    await printer.note(`${entry.missing} events are missing before ${entry.to}`);
  } else {
    await printer.note(`${entry.file}: ${entry.size} bytes at ${entry.offset} are no event (${entry.problem})`);
  }
}

function parseLines(text: string): number {
  if (text === "all") return Number.POSITIVE_INFINITY;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Give a whole number, or all.");
  return Number(text);
}
