import { createWriteStream, type WriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { mergeFiles, type MergedEntry } from "@plumbline/file";
import { listJournals } from "@plumbline/jsonl";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { isFolder } from "../input/is-folder.ts";
import { noLines } from "../input/no-lines.ts";
import { distinctSources, type NamedSource } from "../merge/distinct-sources.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { Output } from "../terminal/output.ts";
import { safeText } from "../terminal/safe-text.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface MergeCommandOptions {
  readonly out?: string;
  readonly force?: boolean;
}

export function mergeCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "merge",
    summary: "bring the lines of several files together in the order of their times",
    details: `
Lines come out as they stand in their files, ids and all. Lines of one file or journal stay in their order, whatever their times say.
A file that is named twice, or that belongs to a folder named beside it, is read once, and that is said.
What is no event, and numbers that are missing, are said on standard error, and make the command exit with 1.
`,
    examples: [
      { type: "plumbline merge telemetry/", does: "all journals of a folder (slots, too), to standard output" },
      { type: "plumbline merge a.jsonl b.jsonl.gz --out all.jsonl", does: "files, packed or not, into a new one" },
      { type: "plumbline merge telemetry/ | plumbline tail -", does: "for people to read" },
    ],
  })
    .argument("<path...>", "files of lines, or folders of journals")
    .option("-o, --out <file>", "write a new file instead of standard output")
    .option("-f, --force", "overwrite that file if it is there; never one that is read")
    .action(async (paths: readonly string[], options: MergeCommandOptions) => {
      report(await merge(console, paths, options));
    });
}

/** Merges files. Exits with 1 when something in them was damaged or missing. */
async function merge(console: Console, paths: readonly string[], options: MergeCommandOptions): Promise<ExitCode> {
  const named = (await Promise.all(paths.map((path) => sourcesAt(console, path)))).flat();
  const { distinct: sources, same, ownerOf } = await distinctSources(named);
  for (const { name, as } of same)
    console.err.print(`plumbline: ${safeText(name)} is read once: ${safeText(as)} has its lines\n`);
  if (options.force === true) await refuseSource(console, options.out, ownerOf);
  const file =
    options.out === undefined ? undefined : await createFile(console, options.out, options.force === true ? "w" : "wx");
  const out = file === undefined ? console.out : new Output(file, false);
  let lines = 0;
  let faults = 0;
  console.progress.watch(() => `merging: ${formatCount(lines)} lines`);
  try {
    const { signal } = console.interruptions;
    for await (const batch of mergeFiles(
      sources.map(({ source }) => source),
      { signal },
    )) {
      for (const merged of batch) {
        if (merged.entry.kind === "line") {
          lines += 1;
          await out.write(`${merged.entry.text}\n`);
        } else {
          faults += 1;
          console.err.print(describeFault(merged, sources));
        }
      }
    }
    await out.flush();
  } finally {
    await console.progress.clear();
    if (file !== undefined) await finished(file.end());
  }
  return faults === 0 ? EXIT.ok : EXIT.found;
}

async function sourcesAt(console: Console, path: string): Promise<readonly NamedSource[]> {
  const full = resolve(console.cwd, path);
  if (!(await isFolder(full, path))) return [{ name: path, source: full }];
  const journals = await listJournals(full);
  if (journals.length === 0) throw noLines(path);
  return journals.map((source) => ({ name: relative(console.cwd, source.path), source }));
}

/** Throws `PLB_CLI_USAGE` for a file that is read: to open it for writing would empty it before. */
async function refuseSource(
  console: Console,
  path: string | undefined,
  ownerOf: (path: string) => Promise<string | undefined>,
): Promise<void> {
  if (path === undefined) throw cliError("PLB_CLI_USAGE", { message: "--force goes with --out." });
  const owner = await ownerOf(resolve(console.cwd, path));
  if (owner === undefined) return;
  throw cliError("PLB_CLI_USAGE", {
    message: `${path} is not overwritten: it is read, as ${owner}. Write a new file, and rename it afterwards.`,
    details: { path },
  });
}

async function createFile(console: Console, path: string, flags: "w" | "wx"): Promise<WriteStream> {
  try {
    const handle = await open(resolve(console.cwd, path), flags, 0o600);
    return createWriteStream("", { fd: handle });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST")
      throw cliError("PLB_CLI_FILE_EXISTS", { message: `You have a ${path} already.`, details: { path } });
    throw cliError("PLB_CLI_OUTPUT_FAILED", {
      message: `${path} could not be written (${code}).`,
      cause: error,
      details: { path, code },
    });
  }
}

function describeFault({ entry, source }: MergedEntry, sources: readonly NamedSource[]): string {
  const name = safeText(sources[source]?.name ?? "");
  if (entry.kind === "hole") return `plumbline: ${name}: ${entry.missing} events are missing before ${entry.to}\n`;
  return entry.kind === "problem"
    ? `plumbline: ${name}: ${entry.size} bytes at ${entry.offset} are no event (${entry.problem})\n`
    : "";
}
