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
  /** Whether something unreadable stands before it. */
  readonly hasDamage: boolean;
  /** Whether nothing is left of the journal that stood before this file. */
  readonly isOldest: boolean;
}

/**
 * The gap that a hole is, or `undefined` where nothing is missing: an epoch's first event comes next, and the epoch before it has come to its end as
 * far as it can be known. Where an epoch ended stands nowhere; what was behind the position is gone with its file, or is the damage that was seen.
 */
export function judgeHole(facts: HoleFacts): StreamGap | undefined {
  const { position, id, isAnchored, before, isInFile, hasDamage, isOldest } = facts;
  const isFirstLeft = !isInFile && isOldest;
  const gone: StreamGapReason = isFirstLeft ? "retention" : "damage";
  if (id.epoch === position.epoch) return toGap(position, id, gone, id.seq - position.seq - 1);
  const atBorder: StreamGapReason = hasDamage ? "damage" : gone;
  if (isAnchored || (position.seq === 0 && before !== undefined)) {
    const isWhole = id.seq === 1 && !isFirstLeft && !hasDamage;
    return isWhole ? undefined : toGap(position, id, atBorder, undefined);
  }
  // Nothing that stood before the position is left: what followed it may have gone with it.
  if (before === undefined) return toGap(position, id, atBorder, undefined);
  return toGap(position, id, before.epoch === position.epoch ? "crash" : "unknown-cursor", undefined);
}

/** The gap behind a place of which nothing is known here, and after which nothing would ever come. */
export function strayGap(position: StreamPosition, id: EventId): StreamGap {
  return toGap(position, id, "unknown-cursor", undefined);
}

function toGap(position: StreamPosition, id: EventId, reason: StreamGapReason, missing: number | undefined): StreamGap {
  return {
    kind: "gap",
    from: formatId(position.epoch, position.seq),
    to: formatId(id.epoch, id.seq),
    missing,
    reason,
    cursor: formatId(id.epoch, id.seq - 1),
  };
}
