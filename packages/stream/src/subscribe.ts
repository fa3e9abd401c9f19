import type { Clock, Durability, Journal, JournalLocation } from "@plumbline/core";
import { journalLocation } from "@plumbline/jsonl";
import { createJournalFiles } from "./journal-files.ts";
import type { ReadMemory } from "./read-memory.ts";
import type { StreamFilterOptions } from "./stream-filter.ts";
import type { StreamItem } from "./stream-item.ts";
import { resolveSettings } from "./subscription-settings.ts";
import { JournalSubscription } from "./subscription.ts";

/**
 * Where a subscription begins.
 * - a text: directly after the event of this id. `epoch:0` is the place before an epoch's first event.
 * - `earliest`: with the first event that is left.
 * - `latest`: with the first event that reaches the class after the call.
 * - `{ time }`: with the first event, in the journal's order, whose time is not before this one, in nanoseconds since 1970-01-01T00:00:00Z. It is
 *   found by bisection, which takes the events' times to ascend as their numbers do. The
 *   time is this subscription's alone until that event is there: see `startsAt` of its state.
 */
export type StreamStart = "earliest" | "latest" | (string & {}) | { readonly time: bigint };

/** What is read: the journal of this process, or the path or place of one that another process writes, or nobody any more. */
export type StreamSource = Pick<Journal, "ring" | "location"> | JournalLocation | string;

/** What a subscription tells its operator, each kind once. */
export interface StreamDiagnostics {
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Options of {@link subscribe}. */
export interface SubscribeOptions {
  readonly cursor: StreamStart;
  readonly filter?: StreamFilterOptions | undefined;
  /**
   * The class that an event must have reached. Default `written`. A journal that another process writes knows only `written`:
   * `PLB_STREAM_CLASS_UNKNOWN` otherwise.
   */
  readonly durability?: Durability | undefined;
  /** Events in one batch at most. Default 1,024. */
  readonly maxBatchCount?: number | undefined;
  /** Bytes of lines in one batch at most, but for a single larger line. Default 256 KiB. */
  readonly maxBatchBytes?: number | undefined;
  /** After so many events that the filter left out a progress item comes. Default 16,384. */
  readonly progressEvery?: number | undefined;
  /** How long a live subscription waits, while what there is does not fill a batch, for more to come, in milliseconds. Default 0: not at all. */
  readonly lingerMs?: number | undefined;
  /** The longest pause between two looks at a journal of another process, in milliseconds. Default 100; the first looks come sooner. */
  readonly pollMs?: number | undefined;
  /**
   * What is done about a cursor whose epoch is unknown here, or that is past the end. `refuse` (the default): `PLB_STREAM_CURSOR_UNKNOWN`,
   * `PLB_STREAM_CURSOR_FUTURE`. `gap`: it goes on with the next event there is, after a gap that says so; for a consumer that knows its cursor
   * to be this journal's.
   */
  readonly strayCursor?: "refuse" | "gap" | undefined;
  /**
   * Whether the process is kept running while a call of `next` is pending. Default: `true` for a journal of another process, whose reader has nothing else to
   * run for; `false` for one of this process.
   */
  readonly keepAlive?: boolean | undefined;
  /**
   * Where the lines that are read from disk stand, for any number of subscriptions. With it the lines of an item are valid until the next call of `next`, `rest` or `close`
   * only, and so is what was taken from them as bytes; the collector has far less to do. Default: memory of their own, and lines stay valid for as long as they are kept.
   */
  readonly memory?: ReadMemory | undefined;
  /** Ends the subscription, without an error, also while it is parked. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  readonly diagnostics?: StreamDiagnostics | undefined;
}

/** What a subscription is about, at one moment. */
export interface SubscriptionState {
  /** `replay`: reading what is past. `live`: it was at the end when it last looked. */
  readonly phase: "starting" | "replay" | "live" | "ended";
  readonly cursor: string | undefined;
  /** The last event of the journal that has reached the class, where the writer is this process. */
  readonly tip: string | undefined;
  /** Events between cursor and tip, where both are of one epoch. */
  readonly lag: number | undefined;
  /**
   * The time that was asked for, in nanoseconds, as long as no event that is not before it was found. What comes before that one is gone past, and a cursor of
   * this stretch does not say so: whoever goes on elsewhere begins by the time again.
   */
  readonly startsAt: bigint | undefined;
  /** How much of what there was at the start is read, 0 to 1; `undefined` where that cannot be told by the numbers: in an earlier epoch. */
  readonly replayed: number | undefined;
  /** Events looked at. */
  readonly scanned: number;
  /** Events given. */
  readonly given: number;
  readonly gaps: number;
  /** Events missing in these gaps, where it is known. */
  readonly missing: number;
  /** Ids that came out of order: on disk, or between two items. Anything but 0 is a fault, and was told to the diagnostics. */
  readonly outOfOrder: number;
  /** Stretches of files that are no event's line: torn, NUL bytes, not UTF-8, foreign. */
  readonly damaged: number;
}

/**
 * A subscription: every event after the cursor once, in order, or an explicit gap. One producer feeds it, from memory or from disk as it stands, so
 * there is no cut-over; it reads when `next` is called, and holds one batch. Calls of `next` are served one after the other.
 *
 * It ends when it is closed, when its signal aborts, or when the journal of this process is closed and read to its end. What was given before stays valid, but
 * for `memory`.
 */
export interface Subscription extends AsyncIterableIterator<StreamItem, undefined>, AsyncDisposable {
  /** The position behind what was given last. */
  readonly cursor: string | undefined;
  /**
   * Resolves when the place to begin at is found. Rejects, as the first `next` does, with `PLB_STREAM_CURSOR_INVALID`, `PLB_STREAM_CURSOR_FUTURE`,
   * `PLB_STREAM_CURSOR_UNKNOWN` or `PLB_JSONL_READ_FAILED`.
   */
  ready(): Promise<void>;
  /** Takes another filter, for everything behind {@link cursor} as it is now. Throws `PLB_STREAM_OPTION_INVALID`. */
  setFilter(filter: StreamFilterOptions): void;
  state(): SubscriptionState;
  /**
   * Gives up what is held of the journal's files: for a consumer that will not ask for a while. The next call of `next` finds its place anew. Does nothing
   * while such a call or {@link ready} is pending. Rejects with the system's error where a file cannot be closed.
   */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Subscribes to a journal. Nothing is read before `ready` or `next` is called, but `latest` of a journal of this process means the moment
 * of this call. Throws `PLB_STREAM_OPTION_INVALID` or `PLB_STREAM_CLASS_UNKNOWN`.
 */
export function subscribe(source: StreamSource, options: SubscribeOptions): Subscription {
  return openSubscription(source, options);
}

/** {@link subscribe}, for our own consumers. */
export function openSubscription(source: StreamSource, options: SubscribeOptions): JournalSubscription {
  const ring = typeof source === "object" && "ring" in source ? source.ring : undefined;
  const location =
    typeof source === "string" ? journalLocation(source) : "location" in source ? source.location : source;
  const settings = resolveSettings(options, ring !== undefined);
  return new JournalSubscription({ location, ring, files: createJournalFiles(location) }, settings);
}
