import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { createErrorFactory, errorCode, type JournalLocation, parseId } from "@plumbline/core";
import {
  journalLocation,
  listJournals,
  listSegments,
  packingOf,
  parseSegmentName,
  type StoredLine,
} from "@plumbline/jsonl";
import { CLI_ERRORS } from "../error-codes.ts";
import { type LastLines, lastLines, type LastLinesOptions } from "./last-lines.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** What a path on the command line means: the journal there. Throws `PLB_CLI_NO_FILE`, and `PLB_CLI_USAGE` for a folder of several. */
export async function tailTarget(path: string, isFollowed: boolean): Promise<JournalLocation> {
  const kind = await kindOf(path);
  if (kind === "missing" && !isFollowed)
    throw cliError("PLB_CLI_NO_FILE", { message: `${path} is not there.`, details: { path } });
  if (kind !== "folder") return journalLocation(path);
  const journals = await listJournals(path);
  const [only] = journals;
  if (only !== undefined && journals.length === 1) return only;
  if (only === undefined)
    throw cliError("PLB_CLI_NO_FILE", {
      message: `The folder ${path} holds no file of lines (*.jsonl).`,
      details: { path },
    });
  const names = journals.map((journal) => basename(journal.path)).join(", ");
  throw cliError("PLB_CLI_USAGE", {
    message: `The folder ${path} holds several journals: ${names}. Name one of them.`,
    details: { path },
  });
}

/** {@link tailTarget}, for what reads a journal by its ids. Throws `PLB_CLI_USAGE` for a packed segment as well, which is no journal. */
export async function journalTarget(path: string, isFollowed: boolean): Promise<JournalLocation> {
  const target = await tailTarget(path, isFollowed);
  if (packingOf(target.path) === undefined) return target;
  const message = `${path} is a packed segment of a journal. Name the journal's file or folder; tail --json -n all shows the lines of the segment.`;
  throw cliError("PLB_CLI_USAGE", { message, details: { path } });
}

/** The end of a journal, with as many of its sealed segments as it takes; of a segment named itself, its own. */
export async function lastOfJournal(location: JournalLocation, options: LastLinesOptions): Promise<LastLines> {
  const isSegment = parseSegmentName(basename(location.path)) !== undefined;
  const { segments, active } = isSegment ? { segments: [], active: location.path } : await listSegments(location);
  const files = [...segments.map((segment) => segment.path), ...(active === undefined ? [] : [active])];
  let lines: readonly StoredLine[] = [];
  let newest: StoredLine | undefined;
  for (const file of files.reverse()) {
    if (lines.length >= options.count && newest !== undefined) break;
    const earlier = await lastLines(file, { ...options, count: options.count - lines.length });
    lines = [...earlier.lines, ...lines];
    newest ??= earlier.newest;
  }
  return { lines, newest };
}

/** Whether a line has a journal's id: then its place can be found again whatever happens to the file. */
export function hasId(line: StoredLine): boolean {
  return line.id !== undefined && parseId(line.id) !== undefined;
}

async function kindOf(path: string): Promise<"file" | "folder" | "missing"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return "missing";
    throw cliError("PLB_CLI_NO_FILE", {
      message: `${path} cannot be read (${code}).`,
      cause: error,
      details: { path, code },
    });
  }
}
