import type { Durability } from "./durability.ts";
import type { OutputLedger } from "./ledger.ts";
import type { JournalLine } from "./line-record.ts";
import type { EventRing } from "./ring.ts";

/** Where the journal's files are, for readers that share nothing with the writer but the file system. */
export interface JournalLocation {
  /** The file being written. */
  readonly path: string;
  readonly directory: string;
  /** The file's name without its extension; sealed segments begin with it. */
  readonly stem: string;
}

/**
 * A durable, ordered sequence of lines: what the file sink is, and what a subscription reads.
 * Lines are numbered when they are committed, in the order in which they were appended; what was dropped before that
 * has no number and leaves no hole.
 */
export interface Journal {
  /** This opening of the journal; every id it gives starts with it. */
  readonly epoch: string;
  /** Recent committed lines and the level each has reached; gives out the ids. */
  readonly ring: EventRing;
  readonly location: JournalLocation;
  /** The journal's account: `append` enters every line here, and the commit settles it. */
  readonly ledger: OutputLedger;
  /** The class that {@link appendAsync} waits for when none is given. */
  readonly durability: Durability;
  /**
   * Queues a line. Never throws and never waits: at its bound the queue's policy decides, and what is dropped is
   * counted by reason.
   */
  append(line: JournalLine): void;
  /**
   * Queues a line and resolves with its id when it has reached the class. With the policy `block` it waits for room, unless
   * too much waits already. Rejects with a coded error when the line was dropped.
   */
  appendAsync(line: JournalLine, durability?: Durability): Promise<string>;
  /** Resolves when everything appended before the call has reached the class. Rejects with the code of what kept it. */
  flush(options?: { readonly durability?: Durability; readonly signal?: AbortSignal }): Promise<void>;
}
