import { formatId, type EventId } from "@plumbline/core";
import type { StreamPosition } from "./position.ts";
import type { StreamGap, StreamGapReason } from "./stream-item.ts";

/** What is known where the next event of a journal is not the one that was expected. */
export interface HoleFacts {
  readonly position: StreamPosition;
  /** The event that came instead of the next one. */
  readonly id: EventId;
  /** Whether the event at the position was seen: the position is no mere claim. */
  readonly isAnchored: boolean;
  /** The last event that was seen before the position, where that one was not. */
  readonly before: EventId | undefined;
  /** Whether other events were seen before it in the same file. */
  readonly isInFile: boolean;
  /** Whether nothing is left of the journal that stood before this file. */
  readonly isOldest: boolean;
}

/** The gap that a hole is, or `undefined` where nothing is missing: an epoch's first event comes next. */
export function judgeHole(facts: HoleFacts): StreamGap | undefined {
  const { position, id, isAnchored, before, isInFile, isOldest } = facts;
  const gone: StreamGapReason = !isInFile && isOldest ? "retention" : "damage";
  const isSameEpoch = id.epoch === position.epoch;
  if (isSameEpoch) return toGap(position, id, gone, id.seq - position.seq - 1);
  if (isAnchored || (position.seq === 0 && before !== undefined)) {
    return id.seq === 1 ? undefined : toGap(position, id, gone, undefined);
  }
  // Nothing that stood before the position is left: what followed it may have gone with it.
  if (before === undefined) return toGap(position, id, gone, undefined);
  return toGap(position, id, before.epoch === position.epoch ? "crash" : "unknown-cursor", undefined);
}

function toGap(
  position: StreamPosition,
  id: EventId,
  reason: StreamGapReason,
  missing: number | undefined,
): StreamGap {
  return {
    kind: "gap",
    from: formatId(position.epoch, position.seq),
    to: formatId(id.epoch, id.seq),
    missing,
    reason,
    cursor: formatId(id.epoch, id.seq - 1),
  };
}
