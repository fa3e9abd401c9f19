import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  createErrorFactory,
  formatTimestamp,
  type JournalLocation,
  parseLine,
  parseTimestamp,
  PlumblineError,
} from "@plumbline/core";
import { subscribe, type StreamItem, type Subscription } from "@plumbline/stream";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { configuredJournal } from "../config/configured-journal.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { type Moment, parseWhen } from "../stream/parse-when.ts";
import { printStream } from "../stream/print-stream.ts";
import { RemoteStream } from "../stream/remote-stream.ts";
import type { RemoteItem } from "../stream/stream-server-module.ts";
import { journalTarget } from "../tail/tail-target.ts";
import type { Console } from "../terminal/console.ts";
import type { EventFilter } from "../view/event-filter.ts";
import { addFilterOptions, filterOf, type FilterOptions } from "../view/filter-options.ts";
import { LinePrinter } from "../view/line-printer.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface ReplayOptions extends FilterOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly cursor?: string;
  readonly pretty?: boolean;
}

export function replayCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "replay",
    summary: "give the events of a stretch of a journal, in exact sequence, to whatever reads them",
    details: `
The lines come as they stand in the journal, sealed and compressed segments included; what is missing is said on standard error. It begins with the first event
that is not before --since and ends before the first, in the journal's order, that is not before --until; without that, with the last that there is.
With --url it needs @plumbline/stream-server.
`,
    examples: [
      {
        type: "plumbline replay --since -3h | jq .name",
        does: "the last three hours of the journal of the config here",
      },
      { type: "plumbline replay telemetry/ --since -2d --until -1d > day.jsonl", does: "a day, into a file" },
      {
        type: "plumbline replay --url http://127.0.0.1:4700 --cursor 1k7tn0cg1j4ne:42",
        does: "what came after an event, from a server",
      },
    ],
  });
  command
    .argument("[path]", "a journal's file or its folder; without it, and without --url, the journal of the config here")
    .option("--url <address>", "a stream server; on this machine its token is found by itself")
    .option("--token-file <path>", "where that server's token stands")
    .option("--since <when>", "-3h, -2d, now, or an ISO time (default: the first event that is left)", parseWhen)
    .option("--until <when>", "the same", parseWhen)
    .option("--cursor <id>", "begin directly after this event");
  return addFilterOptions(command)
    .option("--pretty", "show them for people")
    .action(async (path: string | undefined, options: ReplayOptions) => {
      report(await replay(console, path, options));
    });
}

async function replay(console: Console, path: string | undefined, options: ReplayOptions): Promise<ExitCode> {
  const { url, since, cursor, tokenFile } = options;
  if (path !== undefined && url !== undefined) {
    throw cliError("PLB_CLI_USAGE", { message: "A path and --url name two journals. Give one of them." });
  }
  if (url === undefined && tokenFile !== undefined) {
    throw cliError("PLB_CLI_USAGE", { message: "--token-file goes with --url." });
  }
  if (since !== undefined && cursor !== undefined) {
    throw cliError("PLB_CLI_USAGE", { message: "--since and --cursor name two beginnings. Give one of them." });
  }
  const filter = filterOf(options);
  const printer = new LinePrinter(console, filter, options.pretty === true ? "pretty" : "raw");
  const journal = url === undefined ? await local(console, path, options, printer) : undefined;
  const items: AsyncIterable<StreamItem | RemoteItem> | undefined =
    url === undefined ? journal : await remote(console, url, options, filter);
  const until = options.until?.(console.clock.nowMicros());
  const isOver = until === undefined ? () => false : (line: string) => isNotBefore(line, until);
  // Of an empty journal nothing would ever say that all there is was shown.
  if (items !== undefined) await printStream(items, printer, { atLive: true, isOver }, () => console.out.flush());
  const damaged = journal?.state().damaged ?? 0;
  if (damaged > 0)
    await printer.note(
      `what is no event's line stands in the journal's files, ${damaged === 1 ? "once" : `${damaged} times`}`,
    );
  const { signal, exitCode } = console.interruptions;
  return signal.aborted ? exitCode : EXIT.ok;
}

async function local(
  console: Console,
  path: string | undefined,
  { since, cursor }: ReplayOptions,
  printer: LinePrinter,
): Promise<Subscription | undefined> {
  const given = path === undefined ? await configuredJournal(console) : resolve(console.cwd, path);
  const journal = await journalTarget(given, false);
  const { clock, interruptions } = console;
  if (cursor === undefined && (await isEmpty(journal, console))) {
    const { size } = await stat(journal.path).catch(() => ({ size: 0 })); // its segments are there, and it is not
    if (size > 0) await printer.note(`no line of ${journal.path} has the id of an event`);
    return undefined;
  }
  const start = since === undefined ? (cursor ?? "earliest") : { time: since(clock.nowMicros()) };
  return subscribe(journal, { cursor: start, clock, signal: interruptions.signal });
}

async function remote(
  console: Console,
  url: string,
  { since, cursor, tokenFile }: ReplayOptions,
  filter: EventFilter,
): Promise<AsyncIterable<RemoteItem> | undefined> {
  const file = tokenFile === undefined ? undefined : resolve(console.cwd, tokenFile);
  const server = await RemoteStream.at(console, url, file);
  if (cursor === undefined && (await server.tip()) === undefined) return undefined;
  const start = since === undefined ? (cursor ?? "earliest") : `time:${timeText(since(console.clock.nowMicros()))}`;
  return server.follow(start, filter);
}

/** Whether no event was ever written there. */
async function isEmpty(journal: JournalLocation, { clock }: Console): Promise<boolean> {
  const probe = subscribe(journal, { cursor: "latest", clock });
  try {
    await probe.ready();
    return probe.cursor === undefined;
  } finally {
    await probe.close();
  }
}

/** The years that an event's time may be in. */
const [FIRST_NANOS, LAST_NANOS] = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"].map(parseTimestamp);

/** A time as a server reads it; one that no event has, as the nearest that one may have. */
function timeText(nanos: bigint): string {
  if (FIRST_NANOS !== undefined && nanos < FIRST_NANOS) return formatTimestamp(FIRST_NANOS);
  return formatTimestamp(LAST_NANOS !== undefined && nanos > LAST_NANOS ? LAST_NANOS : nanos);
}

function isNotBefore(line: string, time: bigint): boolean {
  try {
    return parseLine(line).time >= time;
  } catch (error) {
    if (PlumblineError.isInstance(error)) return false; // no event's line: it has no time
    throw error;
  }
}
