import type { Clock, ClockTimer } from "../clock.ts";
import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import type { Sink } from "../plugin/sink.ts";
import { createBackoff, type Backoff } from "./backoff.ts";
import { DirectLine } from "./direct-line.ts";
import type { EmitGuard } from "./emit-guard.ts";
import type { FailureReporter } from "./failure-reporter.ts";
import type { OutputSettings } from "./output-options.ts";
import { writeBatch, type WriteResult } from "./write-batch.ts";

/** What a delivery needs from the output that it works for. */
export interface DeliveryHost {
  readonly sink: Sink;
  readonly ledger: OutputLedger;
  readonly clock: Clock;
  readonly guard: EmitGuard;
  readonly failures: FailureReporter;
  readonly random: () => number;
  /** Lines are settled: delivered, or dropped for a reason. */
  readonly onSettled: (lines: readonly JournalLine[], dropped: string | undefined) => void;
  /** There may be room for another batch, or nothing left. */
  readonly onChange: () => void;
}

interface Batch {
  readonly lines: readonly JournalLine[];
  /** The same lines as the sink sees them. */
  readonly views: readonly DirectLine[];
  /** The number of its first line among all that entered the output. */
  readonly first: number;
  attempts: number;
  /** When it failed first, by the monotonic clock. */
  failedAtMs: number | undefined;
  /** `uncertain` waits too, but the sink may have delivered it. */
  state: "inFlight" | "waiting" | "uncertain" | "settled";
}

/** So many failures in a row, and the sink is left alone for a while even where a batch's own failure asks for no pause. */
const FAILURES_BEFORE_PAUSE = 3;
/** So many calls given up at their deadline and still not settled, and the sink gets no more until one is: what hangs is bounded. */
const MAX_UNSETTLED_CALLS = 4;

/**
 * Batches on their way through one sink: in flight, or waiting to be tried again. A failure that can mend puts the batch in front of all
 * newer ones and pauses the sink, so with a concurrency of 1 lines are delivered in the order in which they were queued.
 */
export class Delivery {
  readonly #host: DeliveryHost;
  #settings: OutputSettings;
  #backoff: Backoff;
  /** With what ends the waiting for each. */
  readonly #inFlight = new Map<Batch, AbortController>();
  /** In the order of their lines. */
  readonly #waiting: Batch[] = [];
  #sink: Sink;
  #tellIdle: () => void = () => undefined;
  #unsettledCalls = 0;
  #failuresInRow = 0;
  #pause: { readonly untilMs: number; readonly timer: ClockTimer } | undefined;

  constructor(host: DeliveryHost, settings: OutputSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#sink = host.sink;
    this.#backoff = createBackoff({ ...settings.retry, random: host.random });
  }

  configure(settings: OutputSettings): void {
    const { initialMs, maxMs } = this.#settings.retry;
    if (settings.retry.initialMs !== initialMs || settings.retry.maxMs !== maxMs) {
      this.#backoff = createBackoff({ ...settings.retry, random: this.#host.random });
    }
    this.#settings = settings;
  }

  /** Whether another batch may be handed to the sink now. */
  get hasCapacity(): boolean {
    return (
      this.#pause === undefined &&
      this.#inFlight.size < this.#settings.concurrency &&
      this.#unsettledCalls < MAX_UNSETTLED_CALLS
    );
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Resolves when nothing is in flight. */
  async whenIdle(): Promise<void> {
    while (this.#inFlight.size > 0) {
      await new Promise<void>((resolve) => {
        this.#tellIdle = resolve;
      });
    }
  }

  /** The lowest number of a line that is under way here; infinite when there is none. */
  get lowest(): number {
    let lowest = this.#waiting[0]?.first ?? Number.POSITIVE_INFINITY;
    for (const { first } of this.#inFlight.keys()) lowest = Math.min(lowest, first);
    return lowest;
  }

  /** Hands new lines to the sink. */
  begin(lines: readonly JournalLine[], first: number): void {
    const views = lines.map((line) => new DirectLine(line));
    void this.#send({ lines, views, first, attempts: 0, failedAtMs: undefined, state: "waiting" });
  }

  /** Hands the oldest waiting batch to the sink again; false when none waits. */
  retryOldest(): boolean {
    const batch = this.#waiting.shift();
    if (batch === undefined) return false;
    void this.#send(batch);
    return true;
  }

  /**
   * Takes back what is in flight, to be handed on anew: its outcome is unknown, unless the sink still says that it has delivered it before that
   * happens.
   */
  recall(): void {
    for (const [batch, deadline] of this.#inFlight) {
      this.#inFlight.delete(batch);
      this.#host.ledger.giveBack(batch.lines.length);
      this.#wait(batch, "uncertain");
      deadline.abort();
    }
  }

  /** Goes on with another sink, to which nothing that went wrong with the one before it is held against. */
  useSink(sink: Sink): void {
    this.#sink = sink;
    this.#unsettledCalls = 0;
    this.#failuresInRow = 0;
    this.#backoff.reset();
    this.resume();
  }

  /** Ends a pause before its time. */
  resume(): void {
    this.#pause?.timer.cancel();
    this.#pause = undefined;
  }

  /** What waits to be handed on again. */
  get waiting(): readonly JournalLine[] {
    return this.#waiting.flatMap(({ lines }) => lines);
  }

  /** Gives it away. */
  takeWaiting(): readonly JournalLine[] {
    const batches = this.#waiting.splice(0);
    for (const batch of batches) batch.state = "settled";
    return batches.flatMap(({ lines }) => lines);
  }

  /** Drops everything that is under way. What the sink still answers is ignored. */
  abandon(reason: string): void {
    this.resume();
    for (const [batch, deadline] of this.#inFlight) {
      this.#inFlight.delete(batch);
      this.#host.ledger.dropInFlight(batch.lines.length, reason);
      this.#finish(batch, reason);
      deadline.abort();
    }
    this.#tellIdle();
    for (const batch of this.#waiting.splice(0)) {
      this.#host.ledger.dropQueued(batch.lines.length, reason);
      this.#finish(batch, reason);
    }
  }

  async #send(batch: Batch): Promise<void> {
    const { ledger, clock, guard } = this.#host;
    const sink = this.#sink;
    const count = batch.lines.length;
    ledger.take(count);
    if (batch.state === "uncertain") ledger.redeliver(count);
    batch.state = "inFlight";
    batch.attempts += 1;
    const attempt = batch.attempts;
    const deadline = new AbortController();
    this.#inFlight.set(batch, deadline);
    const timeoutMs = this.#settings.writeTimeoutMs;
    const outcome = await writeBatch(sink, batch.views, { clock, guard, timeoutMs, deadline });
    if (outcome.kind === "timedOut") {
      if (sink === this.#sink) this.#unsettledCalls += 1;
      void outcome.late.then((result) => this.#settleLate(batch, attempt, result, sink));
    }
    if (!this.#inFlight.delete(batch)) return; // abandoned meanwhile, or recalled
    this.#tellIdle();
    if (outcome.kind === "timedOut") {
      this.#host.failures.report("PLB_SINK_TIMEOUT", `write did not settle within ${timeoutMs} ms`);
      this.#retryLater(batch, "uncertain", { code: "PLB_SINK_TIMEOUT", afterMs: undefined });
    } else {
      this.#settle(batch, outcome);
    }
    this.#host.onChange();
  }

  /**
   * A call that had been given up has settled. If it has delivered, and its batch was not handed on again yet, that is its outcome after all. A
   * failure says nothing: mostly it is the sink's answer to the abort, so the batch is tried again as it would have been.
   */
  #settleLate(batch: Batch, attempt: number, result: WriteResult, sink: Sink): void {
    if (sink === this.#sink && this.#unsettledCalls > 0) this.#unsettledCalls -= 1;
    if (result.kind === "delivered" && batch.state === "uncertain" && batch.attempts === attempt) {
      this.#waiting.splice(this.#waiting.indexOf(batch), 1);
      this.#host.ledger.take(batch.lines.length);
      this.resume();
      this.#settle(batch, result);
    }
    this.#host.onChange();
  }

  /** Moves a batch in flight to where the sink's answer says. */
  #settle(batch: Batch, result: WriteResult): void {
    const { ledger, failures } = this.#host;
    const count = batch.lines.length;
    switch (result.kind) {
      case "delivered": {
        this.#failuresInRow = 0;
        this.#backoff.reset();
        ledger.deliver(count - result.rejected);
        ledger.dropInFlight(result.rejected, "rejected");
        if (result.rejected > 0) failures.report("rejected", "the far side rejected events", result.reason);
        this.#finish(batch, result.rejected > 0 ? "rejected" : undefined);
        return;
      }
      case "failed": {
        failures.report(result.code, "write failed and its events were dropped", result.error);
        ledger.dropInFlight(count, result.code);
        this.#finish(batch, result.code);
        this.#failuresInRow += 1;
        if (this.#failuresInRow >= FAILURES_BEFORE_PAUSE) this.#pauseFor(this.#backoff.next());
        return;
      }
      case "retry": {
        failures.report(result.code, "write failed and is tried again", result.error);
        this.#retryLater(batch, "waiting", result);
      }
    }
  }

  #retryLater(
    batch: Batch,
    state: "waiting" | "uncertain",
    { code, afterMs }: { readonly code: string; readonly afterMs: number | undefined },
  ): void {
    const { ledger, clock } = this.#host;
    const { maxAttempts, maxElapsedMs } = this.#settings.retry;
    const count = batch.lines.length;
    const nowMs = clock.monotonicMs();
    this.#failuresInRow += 1;
    // A far side that asks for no wait at all is not believed for ever.
    const isOwnPace = afterMs === undefined || this.#failuresInRow > FAILURES_BEFORE_PAUSE;
    const delayMs = Math.max(afterMs ?? 0, isOwnPace ? this.#backoff.next() : 1);
    batch.failedAtMs ??= nowMs;
    this.#pauseFor(delayMs);
    if (batch.attempts >= maxAttempts || nowMs + delayMs - batch.failedAtMs > maxElapsedMs) {
      ledger.dropInFlight(count, code);
      this.#finish(batch, code);
      return;
    }
    ledger.giveBack(count);
    this.#wait(batch, state);
  }

  #wait(batch: Batch, state: "waiting" | "uncertain"): void {
    batch.state = state;
    const at = this.#waiting.findIndex(({ first }) => first > batch.first);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, batch);
  }

  #pauseFor(delayMs: number): void {
    const { clock, onChange } = this.#host;
    const untilMs = clock.monotonicMs() + delayMs;
    if (this.#pause !== undefined && this.#pause.untilMs >= untilMs) return;
    this.resume();
    const timer = clock.setTimer(() => {
      this.#pause = undefined;
      onChange();
    }, delayMs);
    this.#pause = { untilMs, timer };
  }

  #finish(batch: Batch, dropped: string | undefined): void {
    batch.state = "settled";
    this.#host.onSettled(batch.lines, dropped);
  }
}
