import { type EventLine, formatId, RetryableError, type Sink } from "@plumbline/core";
import { type EntryPlace, type JournalBoundary, parsePosition } from "@plumbline/stream";
import { definedOnly } from "../defined-only.ts";

/** What stands in the place of a sink that is not started yet: it holds the same and is fed as that is, and is never written to. */
export function createStandIn({ signals, concurrency, feed }: Sink, claims: Iterable<string>): Sink {
  const write = (): Promise<never> => Promise.reject(new RetryableError("it only stands in"));
  return { ...definedOnly({ signals, concurrency, feed }), exclusive: [...claims], write, close: () => undefined };
}

/**
 * The place before the first of some lines that an output has given up, and of some boundaries; without any, a boundary that was made after all of these. What the journal
 * itself does not have of the lines, since it began later or had no room, is handed on from memory, before everything that is read.
 */
export function placeOfFirst(
  lines: readonly EventLine[],
  ends: readonly JournalBoundary[],
  boundary: JournalBoundary,
): EntryPlace {
  return {
    whenKnown(callback) {
      // Boundaries are known in the order in which they were made.
      boundary.whenKnown((known) => {
        const epoch = parsePosition(known)?.epoch ?? "";
        const unread = new Set<EventLine>();
        let last = parsePosition(known)?.seq ?? 0;
        for (const { position } of ends) last = Math.min(last, parsePosition(position ?? known)?.seq ?? last);
        for (const line of lines) {
          const id = parsePosition(line.id ?? "");
          if (id?.epoch === epoch) last = Math.min(last, id.seq - 1);
          else unread.add(line);
        }
        callback(formatId(epoch, last), [...unread]);
      });
    },
  };
}
