import { isEpoch, parseId, type EventId } from "@plumbline/core";
import { compareIds } from "@plumbline/jsonl";

/**
 * A place between two events of a journal: directly after the event `epoch:seq`. `seq` 0 is the place before an epoch's first event, so every
 * event's id is a position, and so is `epoch:0`.
 */
export type StreamPosition = EventId;

/** The position that a text names, or `undefined` when it names none. */
export function parsePosition(text: string): StreamPosition | undefined {
  if (!text.endsWith(":0")) return parseId(text);
  const epoch = text.slice(0, -2);
  return isEpoch(epoch) ? { epoch, seq: 0 } : undefined;
}

/** Whether a position is another, or comes after it. Of a text that names none it is not known, and so it is not. */
export function isAtOrAfter(position: string, other: string): boolean {
  const [a, b] = [parsePosition(position), parsePosition(other)];
  return a !== undefined && b !== undefined && compareIds(a, b) >= 0;
}
