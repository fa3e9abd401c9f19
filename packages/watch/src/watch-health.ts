/** Something that stands in the watch's way. */
export interface WatchTrouble {
  /** `PLB_WATCH_*`, see the error reference. */
  readonly code: string;
  /** The path that it is about. */
  readonly path: string | undefined;
  /** A sentence. Never a file's content. */
  readonly message: string;
}

/**
 * How a watch stands.
 * - `ok`: events arrive, every file is there and whole.
 * - `degraded`: changes are still found, if later (`polling`), or a file is missing, unreadable or not whole, and the last generation stands.
 * - `failed`: it is not looking: a look has not ended in its time, or it is not started, or closed.
 */
export interface WatchHealth {
  readonly status: "ok" | "degraded" | "failed";
  /** `events`: looks are asked for by events, and by the interval. `polling`: by the interval alone. */
  readonly mode: "events" | "polling";
  readonly troubles: readonly WatchTrouble[];
  /** Milliseconds since the last whole look at every file; `undefined` before the first. */
  readonly lastLookAgeMs: number | undefined;
  /** Sums since the start. */
  readonly counts: WatchCounts;
}

/** Sums of a watch since its start. */
export interface WatchCounts {
  /** Looks at every file. */
  readonly looks: number;
  /** Events that named something watched. */
  readonly hints: number;
  /** Changes that the interval found and no event told of. */
  readonly missedHints: number;
  /** Failures of the event source. */
  readonly hintErrors: number;
  /** Files read and hashed. */
  readonly reads: number;
  /** Reads thrown away because the file changed meanwhile. */
  readonly tornReads: number;
  readonly generations: number;
  /** Directories whose events are received at this moment; not a sum. */
  readonly watches: number;
}
