import { isEpoch, parseId, type EventId } from "@plumbline/core";

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
