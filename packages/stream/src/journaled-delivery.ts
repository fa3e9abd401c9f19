import {
  callIsolated,
  EmitGuard,
  errorCode,
  OUTPUT_DEFAULTS,
  type BatchOptions,
  type Clock,
  type EventLine,
  type Journal,
  type NamePatterns,
  type OutputReport,
  type RetryOptions,
  type SeverityNumber,
  type Sink,
} from "@plumbline/core";
import type { CursorStore } from "./cursor-store.ts";
import { markOf } from "./delivery-account.ts";
import { createOnce } from "./once.ts";
import type { JournalBoundary } from "./journal-boundary.ts";
import type { EntryPlace } from "./delivery-entry.ts";
import { DeliveryRun } from "./delivery-run.ts";
import { resolveDelivery } from "./delivery-settings.ts";
import type { ClaimLease, FreeSlots } from "./slot-drain.ts";
import type { StreamDiagnostics } from "./subscribe.ts";

/** Options of {@link createJournaledDelivery}. */
export interface JournaledDeliveryOptions {
  readonly journal: Journal;
  /** Started by whoever made it, closed by the delivery. */
  readonly sink: Sink;
  /** Stands in reports, and in the names of the files that are kept for this consumer beside the journal. */
  readonly consumer: string;
  readonly minSeverity?: SeverityNumber | undefined;
  readonly names?: NamePatterns | undefined;
  readonly batch?: BatchOptions | undefined;
  /** Without bounds of its own a batch is tried until it is settled: the backlog waits on disk. What goes over a bound is set aside. */
  readonly retry?: RetryOptions | undefined;
  readonly writeTimeoutMs?: number | undefined;
  /**
   * Where a consumer begins that has no cursor yet. Default `now`: with the first event behind those that have a number when the delivery is made; the very
   * first, where the journal is not open yet.
   */
  readonly begin?: "earliest" | "now" | undefined;
  /** Nothing is delivered before `enter` is called: that says where a consumer without a cursor begins, unless that is at the earliest event. */
  readonly waitsForEntry?: boolean | undefined;
  /** How long retention waits for this consumer while it is away, in milliseconds. Default 24 hours. */
  readonly holdMs?: number | undefined;
  /** The dead-letter file does not grow beyond this. Default 64 MiB. */
  readonly maxDeadLetterBytes?: number | undefined;
  /** Default: a small file beside the journal. */
  readonly store?: CursorStore | undefined;
  /** Keeps two processes from being the same consumer of one journal at once. Without it nobody else may be. */
  readonly claimLease?: ClaimLease | undefined;
  /** Slots whose backlog this process takes over. Needs `claimLease`. */
  readonly slots?: FreeSlots | undefined;
  readonly clock: Clock;
  /** That of the pipeline: what the sink emits while it writes is refused. */
  readonly guard?: EmitGuard | undefined;
  /** Aborted when `close` has reached its deadline: the controller behind the sink's `context.signal`. */
  readonly abort?: AbortController | undefined;
  /** Numbers in [0, 1), for the jitter of pauses. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Words for a sink's failure that quote nothing unredacted. Without it the code alone is told. */
  readonly describe?: ((error: unknown) => string) | undefined;
  readonly diagnostics?: StreamDiagnostics | undefined;
}

/** What a journaled delivery counts. The account of {@link OutputReport} holds at any moment; `queued` is what waits in the journal, in memory and on disk. */
export interface JournaledDeliveryReport extends OutputReport {
  /** The position behind everything that is settled; `undefined` before it is known. */
  readonly cursor: string | undefined;
  /** Events that stand in the dead-letter file; they are among `dropped`, by the reason. */
  readonly deadLetters: number;
  readonly gaps: number;
  /** Events missing in these gaps, where it is known. */
  readonly missing: number;
  /** The code of what keeps it from going on at the moment. */
  readonly trouble: string | undefined;
}

/**
 * A sink that is fed from the journal: in order, at least once across crash, restart and outage of the far side, for every event that has reached the journal's
 * class. The cursor is on disk, and goes on only behind what is settled.
 */
export interface JournaledDelivery extends AsyncDisposable {
  readonly consumer: string;
  /**
   * Begins to deliver; the journal and the sink must be open. After `close` it begins anew, as one does that is tried again. Rejects with
   * `PLB_STREAM_STORE_FAILED`.
   */
  start(): Promise<void>;
  /**
   * With `waitsForEntry`: from now on it delivers. A consumer without a cursor begins at `from`, by default the boundary, or where `begin` says so at the earliest
   * event; one with a cursor goes on there. What is appended behind the boundary is accepted here, what it reads before that is adopted.
   */
  enter(boundary: JournalBoundary, from?: EntryPlace): void;
  /**
   * Delivers what stands before a boundary that was made in this tick, and nothing behind it: that is another's. Resolves with whether all of it is settled;
   * with `false` after `timeoutMs`, and then the rest waits in the journal. When it is closed already, what stands before the boundary counts as `queued` here, and it
   * resolves with `false`. Never rejects.
   */
  finishAt(boundary: JournalBoundary, timeoutMs: number): Promise<boolean>;
  /** From now on no pause that a failure asks for is waited for: what would need one stays in the journal. For one that is to finish while others wait for what it holds. */
  hurry(): void;
  /**
   * After `close`: what was to be handed on from memory, since the journal does not have it, and was not. It stands in `dropped` as `deadline` until it is taken here; from
   * then on it is `queued`, for whoever adopts it.
   */
  takeRest(): readonly EventLine[];
  /**
   * Resolves when every event that had reached the journal's class at the call is settled, and the sink has flushed: with `undefined`, or the code of what kept
   * it: after `timeoutMs` `PLB_FLUSH_INCOMPLETE`, or `PLB_STREAM_LEASED` where somebody else is this consumer and has not settled them either.
   */
  flush(timeoutMs: number): Promise<string | undefined>;
  /**
   * Goes on until what had reached the class is settled, the deadline, or the first pause that a failure asks for; then closes the sink. With `leave` it only
   * settles the batch that is under way. What is left stays in the journal for the next delivery. Never rejects; safe without `start` and when repeated.
   */
  close(timeoutMs: number, rest?: "deliver" | "leave"): Promise<void>;
  report(): JournaledDeliveryReport;
}

/** Feeds a sink from a journal. Nothing happens before `start`. Throws `PLB_STREAM_OPTION_INVALID`. */
export function createJournaledDelivery(options: JournaledDeliveryOptions): JournaledDelivery {
  return new SinkDelivery(options);
}

/** How long a sink's `close` is waited for when the deadline has passed already, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

class SinkDelivery implements JournaledDelivery {
  readonly consumer: string;
  readonly #o: JournaledDeliveryOptions;
  readonly #guard: EmitGuard;
  readonly #createRun: () => DeliveryRun;
  readonly #begun = createOnce();
  #run: DeliveryRun | undefined;
  #finishing: Promise<boolean> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: JournaledDeliveryOptions) {
    const settings = resolveDelivery(options);
    this.consumer = options.consumer;
    this.#o = options;
    this.#guard = options.guard ?? new EmitGuard();
    const mark = markOf(options.journal);
    this.#createRun = () => new DeliveryRun({ ...options, guard: this.#guard }, settings, mark);
  }

  async start(): Promise<void> {
    if (this.#closing !== undefined) {
      await this.#closing;
      this.#closing = this.#finishing = this.#run = undefined;
    }
    this.#run ??= this.#createRun();
    this.#begun.resolve();
    await this.#run.start();
  }

  enter(boundary: JournalBoundary, from: EntryPlace = boundary): void {
    this.#run?.enter(boundary, from);
  }

  async finishAt(boundary: JournalBoundary, timeoutMs: number): Promise<boolean> {
    const run = this.#run;
    if (run === undefined) return false;
    if (this.#closing !== undefined) {
      run.endAccountAt(boundary);
      return false;
    }
    const finished = run.finishAt(boundary);
    this.#finishing = finished;
    const settled = await callIsolated(this.#o.clock, timeoutMs, () => finished);
    return settled.kind === "returned" && settled.value;
  }

  hurry(): void {
    this.#run?.hurry();
  }

  takeRest(): readonly EventLine[] {
    return this.#run?.takeRest() ?? [];
  }

  async flush(timeoutMs: number): Promise<string | undefined> {
    const { clock, sink } = this.#o;
    if (this.#closing !== undefined) return undefined;
    const startMs = clock.monotonicMs();
    const over = new AbortController();
    const settled = await callIsolated(clock, timeoutMs, async () => {
      await this.#begun.promise;
      return (await (this.#finishing ?? this.#run?.whenReachedIsDone(over.signal))) ?? false;
    });
    over.abort();
    if (settled.kind !== "returned" || !settled.value) return this.#run?.waitsFor ?? "PLB_FLUSH_INCOMPLETE";
    const remainingMs = Math.max(0, timeoutMs - (clock.monotonicMs() - startMs));
    const flushed = await callIsolated(clock, remainingMs, () => this.#guard.call(() => sink.flush?.()));
    if (flushed.kind === "returned") return undefined;
    return flushed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(flushed.error);
  }

  close(timeoutMs: number, rest: "deliver" | "leave" = "deliver"): Promise<void> {
    this.#closing ??= this.#close(timeoutMs, rest);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(OUTPUT_DEFAULTS.writeTimeoutMs);
  }

  report(): JournaledDeliveryReport {
    const run = this.#run;
    if (run !== undefined) return run.report();
    return {
      name: this.consumer,
      accepted: 0,
      adopted: 0,
      delivered: 0,
      inFlight: 0,
      queued: 0,
      filtered: 0,
      dropped: {},
      redelivered: 0,
      cursor: undefined,
      deadLetters: 0,
      gaps: 0,
      missing: 0,
      trouble: undefined,
    };
  }

  async #close(timeoutMs: number, rest: "deliver" | "leave"): Promise<void> {
    const { clock, sink, abort, diagnostics } = this.#o;
    const endMs = clock.monotonicMs() + timeoutMs;
    this.#begun.resolve();
    await this.#run?.close(timeoutMs, rest);
    const remainingMs = endMs - clock.monotonicMs();
    if (remainingMs <= 0) abort?.abort();
    const end = async (): Promise<void> => {
      await this.#guard.call(() => sink.flush?.());
      await this.#guard.call(() => sink.close());
    };
    const closed = await callIsolated(clock, Math.max(CLOSE_GRACE_MS, remainingMs), end);
    if (closed.kind === "timedOut") abort?.abort();
    if (closed.kind === "returned") return;
    const code = closed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(closed.error);
    diagnostics?.error(`${this.consumer}: close failed`, { code });
  }
}
