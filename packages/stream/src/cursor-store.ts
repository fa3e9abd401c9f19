/** How far a consumer has come. */
export interface StoredCursor {
  /** The position behind everything that is delivered: `epoch:seq`, or `epoch:0` while nothing of the epoch is. */
  readonly done: string;
  /** The position behind everything that was handed out; beyond `done`, its outcome is unknown after a crash. */
  readonly sent: string;
}

/**
 * Where one named consumer keeps its cursor. A sink that writes into a database may bring a store of its own, which commits in the same transaction:
 * then delivery is effectively once.
 */
export interface CursorStore {
  /** The cursor as it was committed last; `undefined` for a consumer that never was here. */
  load(): Promise<StoredCursor | undefined>;
  /** Resolves when the cursor would survive a SIGKILL. Never called concurrently. */
  commit(cursor: StoredCursor): Promise<void>;
  close(): Promise<void>;
}
