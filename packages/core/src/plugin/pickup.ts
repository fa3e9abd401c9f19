/** What was known about a file when it was judged complete, strongest first. Quiescence is never called proof. */
export type PickupGuarantee = "committed" | "no-writer" | "quiescent";

/** A file that is ready to be handed on. */
export interface PickupItem {
  /** Stable across restarts: the same content at the same place has the same key. */
  readonly key: string;
  /** The name under which it is to appear at the destination, relative, with `/`. */
  readonly name: string;
  readonly guarantee: PickupGuarantee;
  /** Bytes. */
  readonly size: number;
  /** The content, read once and linearly. Rejects when the source changed under the reader. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Called once, after the delivery was confirmed. */
  settle(): Promise<void>;
}

/** Finds files that are ready: their producer is done with them. */
export interface Pickup {
  /** Items in the order in which they became ready; goes on until `signal` aborts. */
  items(signal: AbortSignal): AsyncIterable<PickupItem>;
  close(): void | Promise<void>;
}
