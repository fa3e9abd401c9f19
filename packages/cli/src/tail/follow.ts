import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Clock, errorCode, type JournalLocation } from "@plumbline/core";
import { type Cursor, type JournalEntry, readEvents, readJournal, type StoredLine } from "@plumbline/jsonl";
import { wait } from "./wait.ts";

/** How often the file is looked at. A look is one `stat`; only a file that has changed is read. */
const POLL_MS = 100;

export interface FollowOptions {
  readonly location: JournalLocation;
  readonly clock: Clock;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** What a look at a file tells of it: whether it is another one, or has grown. */
interface Look {
  readonly identity: string;
  readonly size: number;
}

/**
 * The lines that a journal gets after `last`, as they come, through rotations, each once and in order, with a hole where numbers are missing.
 * Ends when the signal aborts.
 */
export async function* followJournal(
  last: StoredLine | undefined,
  options: FollowOptions,
): AsyncGenerator<readonly JournalEntry[]> {
  let cursor = last === undefined ? undefined : toCursor(last);
  for await (const _ of changes(options)) {
    const after = cursor === undefined ? {} : { after: cursor };
    let end = 0;
    for await (const entries of readJournal(options.location, { check: "shape", ...after })) {
      const line = entries.findLast((entry) => entry.kind === "line");
      if (line !== undefined) cursor = toCursor(line) ?? cursor;
      const stored = entries.findLast((entry) => entry.kind !== "hole");
      if (stored !== undefined) end = stored.offset + stored.size + 1;
      yield entries;
    }
    // It was empty, and what came has no ids: only its bytes tell what was shown.
    if (cursor === undefined && end > 0) {
      yield* followFile(end, options);
      return;
    }
  }
}

/**
 * The lines that a file without ids gets after the byte `end`. When it is cut shorter or another file takes its name, reading begins again at
 * the new file's first line.
 */
export async function* followFile(end: number, options: FollowOptions): AsyncGenerator<readonly JournalEntry[]> {
  const { path } = options.location;
  let start = end;
  let identity: string | undefined;
  for await (const look of changes(options)) {
    if ((identity !== undefined && look.identity !== identity) || look.size < start) start = 0;
    identity = look.identity;
    for await (const entries of readEvents(path, { start, check: "shape" })) {
      const tail = entries.at(-1);
      const isUnfinished = tail?.kind === "problem" && tail.problem === "torn";
      const whole = isUnfinished ? entries.slice(0, -1) : entries;
      if (tail !== undefined) start = isUnfinished ? tail.offset : tail.offset + tail.size + 1;
      if (whole.length > 0) yield whole;
    }
  }
}

/** Each time the file is not as it was at the last look, beginning with the first. A file that is not there yet is waited for. */
async function* changes({ location, clock, signal }: FollowOptions): AsyncGenerator<Look> {
  let seen: Look | undefined;
  while (!signal.aborted) {
    const look = await lookAt(location.path);
    if (look !== undefined && (look.identity !== seen?.identity || look.size !== seen.size)) {
      seen = look;
      yield look;
    }
    await wait(clock, POLL_MS, signal);
  }
}

async function lookAt(path: string): Promise<Look | undefined> {
  try {
    const { dev, ino, size } = await stat(path);
    return { identity: `${dev}:${ino}`, size };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined; // between a rotation's two renames, or not made yet
    throw error;
  }
}

function toCursor({ id, file, offset }: StoredLine): Cursor | undefined {
  return id === undefined ? undefined : { id, hint: { file: basename(file), offset } };
}
