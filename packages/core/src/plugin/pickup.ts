/** What was known about a file when it was judged complete, strongest first. Quiescence is never called proof. */
export type PickupGuarantee = "committed" | "no-writer" | "quiescent";

/** A file that is ready to be handed on. */
export interface PickupItem {
  /** Stable across restarts: the same content at the same place has the same key. */
  readonly key: string;
  /** The name under which it is to appear at the destination, relative, with `/`. */
  readonly name: string;
  readonly guarantee: PickupGuarantee;
  /** What was seen, in words, strongest first. */
  readonly evidence: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** What the producer says that the content's SHA-256 is, in hex, where it says so. */
  readonly sha256?: string;
  /** Whether the order of items matters: none is given out before the one ahead of it was settled. Set aside, it holds up those behind it. Default: false. */
  readonly isOrdered?: boolean;
  /**
   * Whether it stands already where delivered items are put: a run ended between putting it there and taking it away here, which may have changed its key. Where the same content
   * was delivered under this name before, it is settled and not handed on again. Default: false.
   */
  readonly isPutAway?: boolean;
  /** The content, read linearly; from its beginning by each call. Rejects with `PLB_HANDOFF_SOURCE_CHANGED` when the source changed under the reader. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Looks once more, just before it is published: rejects with `PLB_HANDOFF_SOURCE_CHANGED` unless the place still holds what was read. */
  recheck(): Promise<void>;
  /** Called once, after the delivery was confirmed. Does nothing where it was done already. */
  settle(): Promise<void>;
  /** Called when it was found to have changed on the way: it ends so, and is given out again, as it is then, even where it looks as it did before. */
  changed?(): void;
  /** Called when it was set aside: it is not tried again before it changes, or a restart. Where there is none, nothing waits for it. */
  abandon?(): void;
}

/** Finds files that are ready: their producer is done with them. */
export interface Pickup {
  /** Items as they become ready, each until it changes once; goes on until `signal` aborts. */
  items(signal: AbortSignal): AsyncIterable<PickupItem>;
  close(): void | Promise<void>;
}
