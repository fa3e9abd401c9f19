import type { FileHandle } from "node:fs/promises";
import type { EventId } from "@plumbline/core";
import { compareIds } from "./cursor.ts";
import { LINE_FEED } from "./frame.ts";
import { ID_PEEK_BYTES, peekEventId } from "./line-id.ts";

/** Below this many bytes it is as quick to read on as to look further. */
const NEAR_BYTES = 64 * 1024;
const PROBE_BYTES = 4096;

/** The id of the line that begins at `offset`. */
export async function idAt(handle: FileHandle, offset: number): Promise<EventId | undefined> {
  const bytes = Buffer.allocUnsafe(ID_PEEK_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
  return peekEventId(bytes.toString("latin1", 0, bytesRead));
}

/**
 * The beginning of a line at or shortly before the first one with an id after `after`, by bisection: a few dozen small
 * reads whatever the size of the file. Its ids ascend, as they do in every file of a journal.
 */
export async function findOffsetNear(handle: FileHandle, after: EventId): Promise<number> {
  const { size } = await handle.stat();
  let low = 0; // the beginning of a line that is not after `after`, or of the file
  let high = size; // every line that begins at or above is after `after`, or has no id
  while (high - low > NEAR_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    const probe = await nextLineWithId(handle, middle, high);
    if (probe === undefined || compareIds(probe.id, after) > 0) high = middle;
    else low = probe.offset;
  }
  return low;
}

/** The first line with an id that begins after `from` and before `limit`. */
async function nextLineWithId(
  handle: FileHandle,
  from: number,
  limit: number,
): Promise<{ readonly offset: number; readonly id: EventId } | undefined> {
  const buffer = Buffer.allocUnsafe(PROBE_BYTES);
  for (let position = from; position < limit;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, limit - position), position);
    if (bytesRead === 0) return undefined;
    const bytes = buffer.subarray(0, bytesRead);
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) {
      const offset = position + feed + 1;
      if (offset >= limit) return undefined;
      const id = await idAt(handle, offset);
      if (id !== undefined) return { offset, id };
    }
    position += bytesRead;
  }
  return undefined;
}
