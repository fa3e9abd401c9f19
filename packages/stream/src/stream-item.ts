import type { EventLine } from "@plumbline/core";

/** One event of a journal, as a subscriber gets it. */
export interface StreamLine extends EventLine {
  /** `epoch:seq`; a cursor that stands directly after this event. */
  readonly id: string;
}

/** Events in order, each once. Never empty. */
export interface StreamBatch {
  readonly kind: "events";
  readonly lines: readonly StreamLine[];
  /** The position behind everything that was looked at for this batch: what a consumer commits when it has handled the batch. */
  readonly cursor: string;
  /** Events looked at for it, those that the filter left out as well. */
  readonly scanned: number;
  /** Whether it ended, when it was read, at the last event that had reached the class. */
  readonly isLive: boolean;
}

/**
 * Nothing for this subscriber, but the cursor went on. Comes after every `progressEvery` events that the filter left out, and when a subscription
 * that looked at some reaches the end and parks.
 */
export interface StreamProgress {
  readonly kind: "progress";
  readonly cursor: string;
  /** Events looked at since the item before this one. */
  readonly scanned: number;
  readonly isLive: boolean;
}

/**
 * Why events are missing.
 * - `retention`: their segments were removed before they were read.
 * - `damage`: their lines, or a whole segment in the midst of others, cannot be read.
 * - `crash`: the cursor is past the end of its epoch: what stood there was given out before it was on disk, and lost with the process or the machine.
 * - `unknown-cursor`: nothing here is known of the cursor's epoch, and the subscriber asked to go on all the same.
 */
export type StreamGapReason = "retention" | "damage" | "crash" | "unknown-cursor";

/** Events that are gone. What comes next is the event `to`. */
export interface StreamGap {
  readonly kind: "gap";
  /** The position before the gap; `undefined` when nothing is known of it. */
  readonly from: string | undefined;
  /** The first event after it. */
  readonly to: string;
  /** How many are missing, where that is known: inside one epoch. Where an epoch ended is not known for certain. */
  readonly missing: number | undefined;
  readonly reason: StreamGapReason;
  /** The position directly before `to`. */
  readonly cursor: string;
}

export type StreamItem = StreamBatch | StreamProgress | StreamGap;
