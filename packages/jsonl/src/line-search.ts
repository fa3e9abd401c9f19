import type { EventId } from "@plumbline/core";
import { compareIds } from "./cursor.ts";
import { LINE_FEED } from "./frame.ts";
import { ID_PEEK_BYTES, peekEventId } from "./line-id.ts";
import type { ReadAt } from "./torn-tail.ts";

/** Below this many bytes it is as quick to read on as to look further. */
const NEAR_BYTES = 64 * 1024;
const PROBE_BYTES = 4096;
/** The head of a line that is enough for its id and its time. */
const HEAD_BYTES = 160;

/** The id of the line that begins at `offset`. Rejects with what `readAt` rejects with. */
export async function idAt(readAt: ReadAt, offset: number): Promise<EventId | undefined> {
  const bytes = Buffer.allocUnsafe(ID_PEEK_BYTES);
  return peekEventId(bytes.toString("latin1", 0, await readAt(bytes, offset)));
}

/**
 * The beginning of a line at or shortly before the first one with an id after `after`, by bisection: a few dozen small
 * reads whatever the size of the file. Its ids ascend, as they do in every file of a journal.
 */
export function findOffsetNear(readAt: ReadAt, size: number, after: EventId): Promise<number> {
  return bisectLines(readAt, size, (head) => {
    const id = peekEventId(head);
    return id === undefined ? undefined : compareIds(id, after) > 0;
  });
}

/**
 * The beginning of a line at or shortly before the first one that `isAfter` says is after the place that is looked for; every line
 * behind that one is, too. `isAfter` gets the first 160 bytes of a line, as Latin-1, and gives `undefined` for one that does not tell.
 */
export async function bisectLines(
  readAt: ReadAt,
  size: number,
  isAfter: (head: string) => boolean | undefined,
): Promise<number> {
  let low = 0; // the beginning of a line that is not after, or of the file
  let high = size; // every line that begins at or above is after, or does not tell
  while (high - low > NEAR_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    const probe = await nextLineThatTells(readAt, middle, high, isAfter);
    if (probe === undefined || probe.isAfter) high = middle;
    else low = probe.offset;
  }
  return low;
}

/** The first line that tells, beginning after `from` and before `limit`. */
async function nextLineThatTells(
  readAt: ReadAt,
  from: number,
  limit: number,
  isAfter: (head: string) => boolean | undefined,
): Promise<{ readonly offset: number; readonly isAfter: boolean } | undefined> {
  const buffer = Buffer.allocUnsafe(PROBE_BYTES);
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  for (let position = from; position < limit;) {
    const count = await readAt(buffer.subarray(0, Math.min(buffer.length, limit - position)), position);
    if (count === 0) return undefined;
    const bytes = buffer.subarray(0, count);
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) {
      const offset = position + feed + 1;
      if (offset >= limit) return undefined;
      const told = isAfter(head.toString("latin1", 0, await readAt(head, offset)));
      if (told !== undefined) return { offset, isAfter: told };
    }
    position += count;
  }
  return undefined;
}
