import type { PickupGuarantee } from "./pickup.ts";

/** How the content at the far side was checked before it was published: read back whole, by the server's own checksum, or by its size alone. */
export type VerificationLevel = "read-back" | "server" | "size";

/**
 * What happens when something stands under the final name already.
 * - `never`: it is refused.
 * - `same`: the same content counts as delivered, any other is refused.
 * - `replace`: it is replaced in one step, so that who reads the name finds the old content or the new one, and never neither.
 */
export type OverwriteRule = "never" | "same" | "replace";

/**
 * How content becomes visible under its final name.
 * - `atomic`: in one step, when all of it is there.
 * - `linear`: under the final name from its first byte on, in order, last byte last. Who takes a size for readiness is right only if it knows the size.
 * - `marker`: as `linear`, and then a marker beside it, which the far side has to wait for.
 */
export type PublishWay = "atomic" | "linear" | "marker";

/** What is said of a file when it is handed on; durable over there before the file is visible. */
export interface HandoffManifest {
  readonly version: 1;
  /** Made of name and content: the same file under the same name has the same id, whoever delivers it. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, in lower-case hex. */
  readonly sha256: string;
  /** What was known about the source when it was judged complete. */
  readonly guarantee: PickupGuarantee;
  /** ISO 8601; the time of whoever delivered it. */
  readonly created: string;
}

/** What is to be delivered. */
export interface DeliveryRequest {
  /** Final name, relative, with `/`. */
  readonly name: string;
  /** Bytes, where known beforehand. */
  readonly size: number | undefined;
  readonly overwrite: OverwriteRule;
  /** Who delivers: stable across restarts, and one at a time. What it left staged is found again by {@link Destination.reap}. Letters, digits and `-`, at most 40. */
  readonly owner: string;
}

/** Whether this call made it visible, or it stood there already with the same content. */
export type PublishOutcome = "published" | "already-there";

/**
 * Content under way: invisible under its final name until `publish` (but for the ways that say otherwise). One call at a time: `write`*, `verify`, `publish`.
 * An error that is a `RetryableError` says that another try may succeed.
 */
export interface StagedDelivery {
  /** Where it is staged, for reports and for whoever looks for leftovers. */
  readonly ref: string;
  /** Writes the next bytes, linearly. Resolves when the far side can take more; the chunk may be used again then. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * There where the far side's content is compared with each chunk as it is written, and the chunk hashed meanwhile: the SHA-256 (hex) of all that was written, once all was.
   * Whoever writes need not hash the same bytes then.
   */
  digest?(): Promise<string>;
  /**
   * Makes what was written durable over there and compares it with the digest (SHA-256, hex) and the size. Rejects with
   * `PLB_HANDOFF_MISMATCH`, after which it cannot be published.
   */
  verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel>;
  /**
   * Makes the manifest durable, stamps the time, makes the content visible under its final name, and resolves when that is durable too. Rejects with
   * `PLB_HANDOFF_NAME_TAKEN` where the rule of overwriting forbids it, with `PLB_HANDOFF_ORDER` unless `verify` has resolved. After any other error the
   * outcome is unknown: `inspect` tells.
   */
  publish(manifest: HandoffManifest): Promise<PublishOutcome>;
  /**
   * Removes what was staged; safe at any time, after `publish` too, and when repeated. Never takes away what is published. Rejects where not all of it could be removed:
   * {@link Destination.reap} finds the rest.
   */
  abort(): Promise<void>;
}

/** What a far side was found to do. */
export interface DestinationAbility {
  readonly publish: PublishWay;
  /** The best level that `verify` reaches. */
  readonly verification: VerificationLevel;
  /** Whether content survives a power cut over there once `publish` has resolved. */
  readonly durable: boolean;
  readonly overwrite: readonly OverwriteRule[];
  /** Bytes that may still be written, where the far side tells. */
  readonly freeBytes: number | undefined;
}

/** What stands under a final name. */
export interface DestinationEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hex; `undefined` where it was not asked for, or where the far side cannot be asked and does not let itself be read. */
  readonly sha256: string | undefined;
  /** When the far side says that it was last changed, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly modifiedMs: number | undefined;
}

/** A place that files are handed on to. Stagings may go on side by side. */
export interface Destination {
  /**
   * What tells this place from every other, without credentials and known before `start`: what a folder of state was begun for. Two instances for one place have the same.
   * Where there is none, nobody notices that the state of one place is used for another.
   */
  readonly identity?: string;
  /**
   * Connects, looks what the far side can do, by doing it, and rejects with `PLB_HANDOFF_LACKS` and what it lacks, unless the options chose to do without.
   */
  start(): Promise<DestinationAbility>;
  /** Rejects with `PLB_HANDOFF_NAME_UNSUITABLE` for a name that leads elsewhere or that the far side cannot have. */
  stage(request: DeliveryRequest, signal: AbortSignal): Promise<StagedDelivery>;
  /** What stands under a final name, to settle a publish whose answer was lost. Makes nothing, and needs no `start`. With `hash` its content is read, where nobody over there can be asked. */
  inspect(name: string, options?: { readonly hash?: boolean }): Promise<DestinationEntry | undefined>;
  /**
   * All manifests over there, in no order; those that are no manifests are left out, and there are none where nothing was handed on yet. What a receiver waits for, and
   * what is compared by `verify`. Makes nothing, and needs no `start`.
   */
  manifests(): AsyncIterable<HandoffManifest>;
  /** Removes what this owner has left staged, but for what this instance has under way; resolves with how many it were. */
  reap(owner: string): Promise<number>;
  close(): void | Promise<void>;
}
