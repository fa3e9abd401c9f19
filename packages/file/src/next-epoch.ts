import { createEpoch, parseId, type Clock, type EventId, type JournalLocation } from "@plumbline/core";
import {
  compareIds,
  ID_PEEK_BYTES,
  listHolds,
  listSegments,
  peekEventId,
  readLines,
  readUnpacked,
  type Segment,
} from "@plumbline/jsonl";

const EPOCH_TIME_DIGITS = 9;

/**
 * An epoch that sorts after all that the journal knows of, also where the clock was set back: after `last`, the last
 * id in the file, or, where it has none, after that of the newest segment and after what consumers have handled.
 */
export async function nextEpoch(
  location: JournalLocation,
  last: EventId | undefined,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): Promise<string> {
  const epoch = createEpoch(clock.nowMicros(), random);
  const latest = last ?? (await latestBefore(location));
  if (latest === undefined || epoch > latest.epoch) return epoch;
  const latestMs = Number.parseInt(latest.epoch.slice(0, EPOCH_TIME_DIGITS), 32);
  return createEpoch((latestMs + 1) * 1000, random);
}

async function latestBefore(location: JournalLocation): Promise<EventId | undefined> {
  const newest = (await listSegments(location)).segments.at(-1);
  const { holds } = await listHolds(location);
  const known = holds.map(({ cursor }) => (cursor === undefined ? undefined : parseId(cursor.id)));
  if (newest !== undefined) known.push(await lastIdOf(newest));
  return known
    .filter((id) => id !== undefined)
    .toSorted(compareIds)
    .at(-1);
}

/** The last id in a segment: a file that lived through several runs has several epochs. */
async function lastIdOf({ path, first }: Segment): Promise<EventId> {
  let last = first;
  try {
    for await (const lines of readLines(readUnpacked(path))) {
      // Others may have written lines without ids.
      const numbered = lines.findLast(({ bytes }) => idOf(bytes) !== undefined);
      last = (numbered && idOf(numbered.bytes)) ?? last;
    }
  } catch {
    return last; // what cannot be read any further is no reason not to begin
  }
  return last;
}

function idOf(line: Buffer): EventId | undefined {
  return peekEventId(line.toString("latin1", 0, ID_PEEK_BYTES));
}
