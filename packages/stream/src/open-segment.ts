import type { EventId } from "@plumbline/core";
import { compareIds, findOffsetNear, packingOf } from "@plumbline/jsonl";
import { ChunkMemory, PackedSource, PlainSource, type ChunkSource } from "./chunk-source.ts";
import type { OpenJournalFile } from "./journal-files.ts";
import { LineScanner } from "./line-scanner.ts";
import type { StreamPosition } from "./position.ts";
import type { ReadMemory } from "./read-memory.ts";

/** A file of a journal that was found, and what is known of it. */
export interface FoundFile {
  readonly file: OpenJournalFile;
  readonly path: string;
  /** The id that it begins with, where it has one. */
  readonly first: EventId | undefined;
  /** Whether it had the name of the file being written. */
  readonly isActive: boolean;
}

/** A file that is being read. */
export interface OpenSegment extends FoundFile {
  readonly source: ChunkSource;
  readonly scanner: LineScanner;
  /** Lines up to the position are gone past: they were given, or stand before the place to begin at. */
  isSeeking: boolean;
  /** Whether a line with an id was seen in it, or stands before the place where the reading began. */
  hasLines: boolean;
}

const SEALED_ENDING = ".jsonl";

/** Whether the file's bytes are compressed. */
export function isPacked({ path, isActive }: FoundFile): boolean {
  return !isActive && packingOf(path) !== undefined;
}

/** Opens a file for reading from shortly before the position, or from its beginning. */
export async function openSegment(
  found: FoundFile,
  position: StreamPosition | undefined,
  memory: ReadMemory | undefined,
): Promise<OpenSegment> {
  const { file, first } = found;
  const isInside = position !== undefined && (first === undefined || compareIds(first, position) <= 0);
  const offset = isInside && !isPacked(found) ? await findOffsetNear(file.readAt, await file.size(), position) : 0;
  return { ...openSegmentAt(found, offset, memory), isSeeking: isInside };
}

/** Opens a file for reading from the line that begins at `offset`; a compressed one from its beginning. With `memory` lines stand in that. */
export function openSegmentAt(found: FoundFile, offset: number, memory?: ReadMemory): OpenSegment {
  const { file, isActive, path } = found;
  // What has its final name never changes again.
  const mayChange = isActive || !path.endsWith(SEALED_ENDING);
  const source = isPacked(found)
    ? new PackedSource(file)
    : new PlainSource(file, offset, mayChange, new ChunkMemory(memory));
  return { ...found, source, scanner: new LineScanner(), isSeeking: false, hasLines: offset > 0 };
}
