import { stat, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, parseId, type EventId, type JournalLocation } from "@plumbline/core";
import { compareIds, toCursor, type Cursor } from "./cursor.ts";
import { openIfThere, readChunks } from "./file-chunks.ts";
import { findOffsetNear, idAt } from "./line-search.ts";
import { packingOf } from "./packing.ts";
import { readEvents, type ReadEventsOptions } from "./read-events.ts";
import { listSegments, type Segment } from "./segments.ts";
import { Sequence, type JournalEntry } from "./sequence.ts";
import type { ReadAt } from "./torn-tail.ts";
import { unpackChunks } from "./unpack.ts";

/** Options of {@link readJournal}. */
export interface ReadJournalOptions extends Omit<ReadEventsOptions, "start" | "file"> {
  /** Begin after this event. Default: at the earliest that is left. */
  readonly after?: Cursor;
}

/** How often a listed segment may be missing when it is opened (renamed each time) before it counts as retired. */
const MAX_MISSES = 8;

/**
 * The lines of a journal in order, through all its segments and the file being written, up to its end as it is when that
 * is reached. Each line comes once, also while the writer goes on, seals and compresses; what is missing comes as a hole,
 * what is damaged as a problem. A last line that is still being written is left out.
 *
 * One batch is in memory at a time. Throws `PLB_JSONL_CURSOR_INVALID`, `PLB_JSONL_READ_FAILED` and `PLB_JSONL_NO_ZSTD`; never for what the
 * files hold.
 */
export async function* readJournal(
  location: JournalLocation,
  options: ReadJournalOptions = {},
): AsyncGenerator<readonly JournalEntry[], void, undefined> {
  const cursor = options.after === undefined ? undefined : toCursor(options.after);
  const sequence = new Sequence(cursor === undefined ? undefined : parseId(cursor.id));
  /** The first id of the last segment that is done with: read to its end, retired, or before the cursor. */
  let finished = await finishedBefore(location, sequence.last);
  let queue: Segment[] = [];
  let misses = 0;
  for (;;) {
    const isFresh = queue.length === 0;
    if (isFresh) queue = await segmentsAfter(location, finished);
    const [segment] = queue;
    if (segment === undefined) {
      const handle = await openIfThere(location.path);
      if (handle === undefined) {
        if ((await segmentsAfter(location, finished)).length === 0) return;
        continue;
      }
      try {
        // Sealed meanwhile: that segment comes first, and may even be the file that was opened.
        if ((await segmentsAfter(location, finished)).length > 0) continue;
        const isSealed = yield* readActive(handle, location.path, sequence, cursor, options);
        const first = await idAt(readAtOf(handle), 0);
        // Without an id the file could not be told from its sealed form, and would be read twice.
        if (!isSealed || first === undefined) return;
        finished = first;
      } finally {
        await handle.close();
      }
      continue;
    }
    // One that was just being renamed when the folder was listed may be missing from the list: a second look shows it.
    if (!isFresh && !sequence.continuesWith(segment.first)) {
      queue = [];
      continue;
    }
    const handle = await openIfThere(segment.path);
    if (handle === undefined) {
      misses += 1;
      if (misses >= MAX_MISSES) finished = segment.first;
      queue = []; // it has its next form by now, or was retired
      continue;
    }
    try {
      const packing = packingOf(segment.path);
      const start = packing !== undefined ? 0 : await startFor(handle, segment.path, sequence, cursor);
      const source = packing === undefined ? handle : unpackChunks(readChunks(handle, options), packing);
      for await (const entries of readEvents(source, { ...options, start, file: segment.path })) {
        yield sequence.follow(entries);
      }
    } finally {
      await handle.close();
    }
    queue.shift();
    finished = segment.first;
    misses = 0;
  }
}

/** Reads the file being written to its end; returns whether it was sealed meanwhile, and so is read whole. */
async function* readActive(
  handle: FileHandle,
  path: string,
  sequence: Sequence,
  cursor: Cursor | undefined,
  options: ReadJournalOptions,
): AsyncGenerator<readonly JournalEntry[], boolean, undefined> {
  let end = await startFor(handle, path, sequence, cursor);
  for (;;) {
    const isSealed = !(await isStillAt(handle, path));
    for await (const entries of readEvents(handle, { ...options, start: end, file: path })) {
      const last = entries.at(-1);
      const isUnfinished = !isSealed && last?.kind === "problem" && last.problem === "torn";
      const ended = isUnfinished ? entries.slice(0, -1) : entries;
      if (last !== undefined) end = isUnfinished ? last.offset : last.offset + last.size + 1;
      if (ended.length > 0) yield sequence.follow(ended);
    }
    if (isSealed) return true;
    if (await isStillAt(handle, path)) return false;
  }
}

/** The offset to read a file from: near the line after the cursor while that is looked for, else its beginning. */
async function startFor(
  handle: FileHandle,
  path: string,
  sequence: Sequence,
  cursor: Cursor | undefined,
): Promise<number> {
  const { last } = sequence;
  if (!sequence.isSkipping || last === undefined) return 0;
  const hint = cursor?.hint;
  if (hint !== undefined && hint.file === basename(path)) {
    const there = await idAt(readAtOf(handle), hint.offset);
    if (there !== undefined && compareIds(there, last) === 0) return hint.offset;
  }
  return findOffsetNear(readAtOf(handle), (await handle.stat()).size, last);
}

/** The first id of the segment before the one that the cursor stands in. */
async function finishedBefore(location: JournalLocation, after: EventId | undefined): Promise<EventId | undefined> {
  if (after === undefined) return undefined;
  const { segments } = await listSegments(location);
  const active = await openIfThere(location.path);
  try {
    const first = active === undefined ? undefined : await idAt(readAtOf(active), 0);
    if (first !== undefined && compareIds(first, after) <= 0) return segments.at(-1)?.first;
  } finally {
    await active?.close();
  }
  const start = segments.findLastIndex((segment) => compareIds(segment.first, after) <= 0);
  return start <= 0 ? undefined : segments[start - 1]?.first;
}

async function segmentsAfter(location: JournalLocation, finished: EventId | undefined): Promise<Segment[]> {
  const { segments } = await listSegments(location);
  if (finished === undefined) return [...segments];
  return segments.filter((segment) => compareIds(segment.first, finished) > 0);
}

function readAtOf(handle: FileHandle): ReadAt {
  return async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
}

/** Whether the path still leads to the open file: a sealed one has been renamed. */
async function isStillAt(handle: FileHandle, path: string): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  try {
    const there = await stat(path, { bigint: true });
    return there.dev === opened.dev && there.ino === opened.ino;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
