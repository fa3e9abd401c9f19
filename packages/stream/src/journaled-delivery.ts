import type {
  Clock,
  Journal,
  JournalLocation,
  NamePatterns,
  OutputReport,
  RetryOptions,
  SeverityNumber,
  Sink,
} from "@plumbline/core";
import type { CursorStore } from "./cursor-store.ts";
import type { StreamDiagnostics } from "./subscribe.ts";

/** The right to be the one consumer of a name on one journal, for as long as this process lives or until it is released. */
export interface ConsumerLease {
  release(): Promise<void>;
}

/** Claims the lease; resolves with `undefined` when somebody else has it. */
export type ClaimLease = (location: JournalLocation, consumer: string) => Promise<ConsumerLease | undefined>;

/** Options of {@link createJournaledDelivery}. */
export interface JournaledDeliveryOptions {
  readonly journal: Journal;
  /** Started by whoever made it, closed by the delivery. */
  readonly sink: Sink;
  /** Stands in reports; and in the names of the files that are kept for this consumer beside the journal. */
  readonly consumer: string;
  readonly minSeverity?: SeverityNumber | undefined;
  readonly names?: NamePatterns | undefined;
  readonly batch?:
    | {
        readonly maxCount?: number | undefined;
        readonly maxBytes?: number | undefined;
        readonly maxDelayMs?: number | undefined;
      }
    | undefined;
  /** Without bounds of its own a batch is tried until it is settled: the backlog waits on disk. */
  readonly retry?: RetryOptions | undefined;
  readonly writeTimeoutMs?: number | undefined;
  /** Where a consumer begins that has no cursor yet. Default `this-run`: with the first event of this opening of the journal. */
  readonly begin?: "earliest" | "this-run" | undefined;
  /** How long retention waits for this consumer while it is away, in milliseconds. Default 24 hours. */
  readonly holdMs?: number | undefined;
  /** Default: a file beside the journal. */
  readonly store?: CursorStore | undefined;
  readonly claimLease?: ClaimLease | undefined;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  readonly diagnostics?: StreamDiagnostics | undefined;
}

/** What a journaled delivery counts. The account of {@link OutputReport} holds at any moment. */
export interface JournaledDeliveryReport extends OutputReport {
  /** The last position that was committed. */
  readonly cursor: string | undefined;
  /** Events that were set aside in the dead-letter file; they are among `dropped`, by the reason. */
  readonly deadLetters: number;
  /** Events missing in gaps (retention, damage, crash), where it is known. */
  readonly missing: number;
  readonly gaps: number;
  /** What keeps it from going on at the moment: the code of the last failure. */
  readonly trouble: string | undefined;
}

/** A sink that is fed from the journal: at least once across crash, restart and outage, in order, from a cursor on disk. */
export interface JournaledDelivery extends AsyncDisposable {
  /** Begins to deliver. Rejects with `PLB_STREAM_STORE_FAILED`. The journal must be open. */
  start(): Promise<void>;
  /** Resolves when every event that had reached the journal's class at the call is settled: with `undefined`, or the code of what kept it. */
  flush(timeoutMs: number): Promise<string | undefined>;
  /** Goes on delivering until the deadline or the first pause, then closes the sink. What is left stays in the journal. Never rejects. */
  close(timeoutMs: number): Promise<void>;
  report(): JournaledDeliveryReport;
}

/** Feeds a sink from a journal. Nothing happens before `start`. Throws `PLB_STREAM_OPTION_INVALID`. */
export declare function createJournaledDelivery(options: JournaledDeliveryOptions): JournaledDelivery;
