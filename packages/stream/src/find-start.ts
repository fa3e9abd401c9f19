import { parseTimestamp, type EventId, type JournalLocation } from "@plumbline/core";
import { bisectLines, idAt, LINE_FEED, packingProblem, peekEventId, type Segment } from "@plumbline/jsonl";
import { PackedSource } from "./chunk-source.ts";
import type { JournalFiles, OpenJournalFile } from "./journal-files.ts";
import { LineScanner } from "./line-scanner.ts";
import { isPacked, openSegmentAt, type FoundFile, type OpenSegment } from "./open-segment.ts";
import type { StreamPosition } from "./position.ts";

const TAIL_BYTES = 64 * 1024;
const HEAD_BYTES = 160;
const TIME = /^\{(?:"id":"[^"]*",)?"time":"([^"]+)"/;
/** How often a listed file may be gone when it is opened, before the search is given up for the earliest there is. */
const ATTEMPTS = 16;

/** Whether a line's event is at or after the time; `undefined` for one that does not tell. */
type IsAfter = (head: string) => boolean | undefined;

/**
 * The file, opened at or shortly before the first event of a time or later; `undefined` when the journal has no file. Files and lines are
 * bisected by the times of their events; a compressed file is read from its beginning.
 */
export async function findTime(
  location: JournalLocation,
  files: JournalFiles,
  time: bigint,
): Promise<OpenSegment | undefined> {
  const isAfter: IsAfter = (head) => {
    const text = TIME.exec(head)?.[1];
    const found = text === undefined ? undefined : parseTimestamp(text);
    return found === undefined ? undefined : found >= time;
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Opened before the folder is listed: whatever stood before this file has the name of a segment by then.
    const active = await openActive(location, files);
    const tells = active && (await orClosed(active.file, async () => isAfter(await headOf(active))));
    if (active !== undefined && tells === false) return openAtTime(active, isAfter);
    const segments = await (active === undefined ? files.list() : orClosed(active.file, () => files.list()));
    if (segments.length === 0) return active && openAtTime(active, isAfter);
    await active?.file.close();
    const found = await openListed(files, segments[await lastBefore(files, segments, isAfter)]);
    if (found !== undefined) return openAtTime(found, isAfter);
  }
  return undefined;
}

/** The position of the last event that is on disk, or `undefined` where there is none. */
export async function findEnd(location: JournalLocation, files: JournalFiles): Promise<StreamPosition | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const active = await openActive(location, files);
    const last = active === undefined ? undefined : await endOf(active);
    if (last !== undefined) return last;
    const segments = await files.list();
    if (segments.length === 0) return undefined;
    for (const segment of segments.toReversed()) {
      const found = await openListed(files, segment);
      if (found === undefined) break;
      const end = await endOf(found);
      if (end !== undefined) return end;
    }
  }
  return undefined;
}

/**
 * The last segment that is known to begin before the time: what is looked for begins in it, or behind it; else the first. Where one does not tell, being damaged or
 * retired, the next one behind it does.
 */
async function lastBefore(files: JournalFiles, segments: readonly Segment[], isAfter: IsAfter): Promise<number> {
  let low = 0;
  let high = segments.length;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    let at = middle;
    let beginsAfter = await isSegmentAfter(files, segments[at], isAfter);
    while (beginsAfter === undefined && at + 1 < high)
      beginsAfter = await isSegmentAfter(files, segments[++at], isAfter);
    if (beginsAfter === false) low = at;
    else high = middle;
  }
  return low;
}

async function isSegmentAfter(
  files: JournalFiles,
  segment: Segment | undefined,
  isAfter: IsAfter,
): Promise<boolean | undefined> {
  const found = await openListed(files, segment);
  try {
    return found && isAfter(await headOf(found));
  } finally {
    await found?.file.close();
  }
}

async function openAtTime(found: FoundFile, isAfter: IsAfter): Promise<OpenSegment> {
  const { file } = found;
  const bisect = async (): Promise<number> => bisectLines(file.readAt, await file.size(), isAfter);
  return openSegmentAt(found, isPacked(found) ? 0 : await orClosed(file, bisect));
}

async function openActive({ path }: JournalLocation, files: JournalFiles): Promise<FoundFile | undefined> {
  const file = await files.open(path);
  return file && { file, path, first: await orClosed(file, () => idAt(file.readAt, 0)), isActive: true };
}

/** What the work brings; where it fails, the file is closed. */
async function orClosed<T>(file: OpenJournalFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openListed(files: JournalFiles, segment: Segment | undefined): Promise<FoundFile | undefined> {
  if (segment === undefined) return undefined;
  const file = await files.open(segment.path);
  return file && { file, path: segment.path, first: segment.first, isActive: false };
}

/** The first bytes of a file, unpacked; none where it cannot be unpacked. */
async function headOf(found: FoundFile): Promise<string> {
  if (isPacked(found)) {
    return unlessDamaged("", async () => {
      for await (const chunk of found.file.unpacked()) return chunk.toString("latin1", 0, HEAD_BYTES);
      return "";
    });
  }
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  return head.toString("latin1", 0, await found.file.readAt(head, 0));
}

/** The last id in a file, which is closed then. */
async function endOf(found: FoundFile): Promise<EventId | undefined> {
  try {
    return isPacked(found) ? await lastIdInPacked(found) : await lastIdInPlain(found);
  } finally {
    await found.file.close();
  }
}

async function lastIdInPlain({ file }: FoundFile): Promise<EventId | undefined> {
  const size = await file.size();
  for (let bytes = TAIL_BYTES; ; bytes *= 4) {
    const start = Math.max(0, size - bytes);
    const tail = Buffer.allocUnsafe(size - start);
    const count = await file.readAt(tail, start);
    // Lines that a line feed ends, from the last to the first.
    let end = tail.subarray(0, count).lastIndexOf(LINE_FEED);
    while (end >= 0) {
      const feed = end === 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1);
      if (feed < 0 && start > 0) break;
      const id = peekEventId(tail.toString("latin1", feed + 1, Math.min(end, feed + 1 + HEAD_BYTES)));
      if (id !== undefined) return id;
      end = feed;
    }
    if (start === 0) return undefined;
  }
}

async function lastIdInPacked({ file }: FoundFile): Promise<EventId | undefined> {
  const source = new PackedSource(file);
  const scanner = new LineScanner();
  let last: EventId | undefined;
  for (;;) {
    const buffer = await unlessDamaged(undefined, () => source.more(scanner.leftover));
    if (buffer === undefined) return last;
    scanner.load(buffer);
    for (let next = scanner.peek(); next !== undefined; next = scanner.peek()) {
      if (next !== "damaged") last = next;
      scanner.skip();
    }
  }
}

/** What the work brings, or the other where a file cannot be unpacked: that is told when it is read. */
async function unlessDamaged<T>(other: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (packingProblem(error) === undefined) throw error;
    return other;
  }
}
