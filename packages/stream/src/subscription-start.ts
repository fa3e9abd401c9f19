import { formatId, type EventRing, type JournalLocation } from "@plumbline/core";
import { findEnd, findTime } from "./find-start.ts";
import { strayGap } from "./judge-hole.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { ColdBounds, ColdRead, JournalReader } from "./journal-reader.ts";
import { parsePosition, type StreamPosition } from "./position.ts";
import { streamError } from "./stream-error.ts";
import type { StreamStart } from "./subscribe.ts";

/** What a subscription reads from. */
export interface SubscriptionSource {
  readonly location: JournalLocation;
  /** The ring of the journal, where this process writes it. */
  readonly ring: EventRing | undefined;
  readonly files: JournalFiles;
}

/** The place at which a subscription begins. */
export interface FoundStart {
  /** `undefined`: with the first event that is read. */
  readonly position: StreamPosition | undefined;
  /** What was read to find out whether there is such a place. */
  readonly firstRead: ColdRead | undefined;
  /** Events before this time are gone past. */
  readonly skipBefore: bigint | undefined;
}

/** What {@link findStart} needs to know. */
export interface StartRequest {
  readonly cursor: StreamStart;
  readonly strayCursor: "refuse" | "gap";
  /** Where the journal of this process ended at the call. */
  readonly tip: StreamPosition | undefined;
  readonly bounds: ColdBounds;
}

/**
 * Finds the place to begin at and sets the reader there. Rejects with `PLB_STREAM_CURSOR_INVALID`, `PLB_STREAM_CURSOR_FUTURE`,
 * `PLB_STREAM_CURSOR_UNKNOWN` and as the reader does.
 */
export async function findStart(
  { location, ring, files }: SubscriptionSource,
  reader: JournalReader,
  request: StartRequest,
): Promise<FoundStart> {
  const { cursor, tip } = request;
  const found: FoundStart = { position: undefined, firstRead: undefined, skipBefore: undefined };
  if (cursor === "earliest") return found;
  if (cursor === "latest") {
    const position = tip ?? (await findEnd(location, files));
    if (position !== undefined) reader.moveTo(position);
    return { ...found, position };
  }
  if (typeof cursor === "object") {
    const segment = await findTime(location, files, cursor.time);
    if (segment !== undefined) reader.beginAt(segment);
    return { ...found, skipBefore: cursor.time };
  }
  const position = parsePosition(cursor);
  if (position === undefined) throw streamError("PLB_STREAM_CURSOR_INVALID");
  if (ring === undefined || position.epoch !== ring.epoch) {
    const firstRead = await readFirst(ring, reader, request, position);
    // Of a later epoch than the one that is written now, and nothing is there that could be missing: what comes, comes in this one.
    const isBeyond = ring !== undefined && position.epoch > ring.epoch && firstRead.kind === "end";
    return { ...found, position: isBeyond ? { epoch: ring.epoch, seq: 0 } : position, firstRead };
  }
  if (position.seq > ring.tip) throw ahead(position);
  return { ...found, position };
}

/** Reads behind a cursor of an earlier epoch, or of a journal that another process writes, and sees whether it is one. */
async function readFirst(
  ring: EventRing | undefined,
  reader: JournalReader,
  { strayCursor, bounds }: StartRequest,
  position: StreamPosition,
): Promise<ColdRead> {
  const isLenient = strayCursor === "gap";
  const cursor = formatId(position.epoch, position.seq);
  const first = await reader.read(bounds);
  if (first.kind === "gap" && first.gap.reason === "unknown-cursor" && !isLenient) throw unknown(cursor);
  // Nothing will come in an epoch that sorts behind the one that is written.
  const isBeyond = ring !== undefined && position.epoch > ring.epoch;
  if (first.kind !== "end" || (reader.start === "found" && !isBeyond)) return first;
  const isAhead = reader.start === "ahead";
  // An earlier epoch of this process's own journal is closed: what was beyond its end is gone, and the next event says so.
  if (isAhead && ((ring !== undefined && !isBeyond) || isLenient)) return first;
  if (!isLenient) throw isAhead ? ahead(position) : unknown(cursor);
  return ring === undefined || isBeyond ? beginAnew(reader, bounds, position) : first;
}

/** A cursor that sorts after everything there is, and will: nothing would ever come. */
async function beginAnew(reader: JournalReader, bounds: ColdBounds, position: StreamPosition): Promise<ColdRead> {
  await reader.restart();
  const read = await reader.read({ ...bounds, maxCount: 1 });
  const first = read.kind === "lines" ? read.lines[0] : undefined;
  if (first === undefined) return read;
  const before = { epoch: first.epoch, seq: first.seq - 1 };
  await reader.restart();
  reader.moveTo(before);
  return { kind: "gap", gap: strayGap(position, first) };
}

function ahead({ epoch, seq }: StreamPosition): Error {
  return streamError("PLB_STREAM_CURSOR_FUTURE", { details: { cursor: formatId(epoch, seq) } });
}

/** The error of a cursor that is none of this journal's. */
export function unknown(cursor: string | undefined): Error {
  return streamError("PLB_STREAM_CURSOR_UNKNOWN", { details: { cursor } });
}
