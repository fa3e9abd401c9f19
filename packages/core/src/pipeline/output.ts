import type { Clock, ClockTimer } from "../clock.ts";
import { errorCode } from "../errors.ts";
import type { Durability } from "../durability.ts";
import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import { callIsolated } from "../plugin/isolate.ts";
import type { Sink } from "../plugin/sink.ts";
import type { SeverityNumber } from "../severity.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { Delivery } from "./delivery.ts";
import type { EmitGuard } from "./emit-guard.ts";
import type { FailureReporter } from "./failure-reporter.ts";
import { FlushGate } from "./flush-gate.ts";
import { LineListeners, type SettledListener } from "./line-listeners.ts";
import type { OutputOptions, OutputSettings } from "./output-options.ts";

/** What an output is given by its pipeline. */
export interface OutputHost {
  readonly clock: Clock;
  readonly ledger: OutputLedger;
  readonly guard: EmitGuard;
  readonly failures: FailureReporter;
  readonly random: () => number;
}

/** How long a plugin's `close` is waited for when the deadline has passed already, in milliseconds. */
export const CLOSE_GRACE_MS = 1000;

/**
 * One direct output: filters, queues, batches and feeds a sink. Nothing that the sink does reaches whoever offers a line. The sink
 * is called from a microtask or a timer, never from within `offer`.
 */
export class Output {
  readonly name: string;
  readonly sink: Sink;
  readonly #host: OutputHost;
  readonly #delivery: Delivery;
  readonly #queue: BoundedQueue;
  readonly #flushGate = new FlushGate();
  #abort: AbortController | undefined;
  #settings: OutputSettings;
  #phase: "open" | "draining" | "closed" = "open";
  #isHeld = false;
  /** How many lines ever entered the queue; with the queue's length it gives the number of its head. */
  #entered = 0;
  /** Lines with a lower number go without waiting for more. */
  #dueBefore = 0;
  #delay: ClockTimer | undefined;
  #isPumpScheduled = false;
  readonly #listeners = new LineListeners();
  #closing: Promise<void> | undefined;
  readonly #pumpSoon = (): void => {
    this.#isPumpScheduled = false;
    this.#pump();
  };

  constructor(options: OutputOptions, settings: OutputSettings, host: OutputHost) {
    this.name = options.name;
    this.sink = options.sink;
    this.#abort = options.abort;
    this.#host = host;
    this.#settings = settings;
    this.#queue = new BoundedQueue(this.#settings.queue);
    this.#delivery = new Delivery(
      {
        ...host,
        sink: options.sink,
        onSettled: (lines, dropped) => this.#listeners.tell(lines, dropped),
        onChange: () => this.#pump(),
      },
      this.#settings,
    );
  }

  get minSeverity(): SeverityNumber {
    return this.#settings.minSeverity;
  }

  get ledger(): OutputLedger {
    return this.#host.ledger;
  }

  /** Takes other options for the same sink; what is queued stays. */
  configure(options: OutputOptions, settings: OutputSettings): void {
    this.#abort = options.abort;
    this.#settings = settings;
    this.#queue.rebound(settings.queue);
    this.#delivery.configure(settings);
    this.#schedule();
  }

  /** Queues lines but hands none on until `until` has settled: an output before this one still writes to the same place. */
  async holdUntil(until: Promise<void>): Promise<void> {
    this.#isHeld = true;
    try {
      await until;
    } finally {
      this.#isHeld = false;
      this.#pump();
    }
  }

  /** Takes, filters or drops a line, and counts it. Never waits. */
  offer(line: JournalLine): "queued" | "filtered" | "closed" | "overflow" {
    if (!this.#settings.takes(line)) {
      this.ledger.filter();
      return "filtered";
    }
    if (this.#phase === "closed") {
      this.ledger.refuse("closed");
      return "closed";
    }
    if (!this.#makeRoom(line)) {
      this.ledger.refuse("overflow");
      this.#sendAll();
      return "overflow";
    }
    this.ledger.enqueue();
    this.#entered += 1;
    this.#queue.push(line);
    this.#schedule();
    return "queued";
  }

  /**
   * As `offer`, but under the policy `block` it waits for room: resolves when the line is within the queue's bounds or was dropped;
   * `undefined` when there was nothing to wait for. `listener` is told once what became of the line, at once if it was filtered.
   */
  offerAndWait(line: JournalLine, listener: SettledListener | undefined): Promise<void> | undefined {
    if (this.#mustWait(line)) {
      this.#listeners.add(line, listener);
      this.ledger.enqueue();
      this.#entered += 1;
      const admitted = this.#queue.wait(line);
      this.#sendAll();
      return admitted;
    }
    const verdict = this.offer(line);
    if (verdict === "queued") this.#listeners.add(line, listener);
    else listener?.(verdict === "filtered" ? undefined : verdict);
    return undefined;
  }

  /**
   * Resolves when every line offered before the call is settled and the sink has flushed: with `undefined`, or with the code of what
   * kept it. Writes wait while the sink flushes.
   */
  async flush(durability: Durability | undefined, timeoutMs: number): Promise<string | undefined> {
    const { clock, guard, failures } = this.#host;
    const startMs = clock.monotonicMs();
    const { entered, withdraw } = this.#flushGate.enter(this.#entered);
    this.#dueBefore = this.#entered;
    this.#pump();
    const settled = await callIsolated(clock, timeoutMs, () => entered);
    if (settled.kind !== "returned") {
      withdraw();
      this.#pump();
      return "PLB_FLUSH_INCOMPLETE";
    }
    const { sink } = this;
    if (sink.flush === undefined || this.#phase === "closed") {
      this.#endFlush();
      return undefined;
    }
    const remainingMs = Math.max(0, timeoutMs - (clock.monotonicMs() - startMs));
    const flushed = await callIsolated(clock, Math.min(remainingMs, this.#settings.writeTimeoutMs), () =>
      guard.call(() => sink.flush?.(durability === undefined ? {} : { durability })),
    );
    this.#endFlush();
    if (flushed.kind === "returned") return undefined;
    const code = flushed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(flushed.error);
    failures.report(code, "flush failed", flushed.kind === "threw" ? flushed.error : undefined);
    return code;
  }

  /**
   * Drains for up to `timeoutMs`, drops what is left as `deadline`, and closes the sink. It takes lines until it is drained. Never
   * rejects; a second call gives the first one's promise.
   */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { clock, guard, failures } = this.#host;
    const startMs = clock.monotonicMs();
    this.#phase = "draining";
    this.#delivery.resume(); // a last attempt, whatever pause was under way
    const code = await this.flush(undefined, timeoutMs);
    this.#dropRest();
    const remainingMs = timeoutMs - (clock.monotonicMs() - startMs);
    if (code === "PLB_FLUSH_INCOMPLETE" || remainingMs <= 0) this.#abort?.abort();
    const closed = await callIsolated(clock, Math.max(CLOSE_GRACE_MS, remainingMs), () =>
      guard.call(() => this.sink.close()),
    );
    if (closed.kind === "returned") return;
    if (closed.kind === "timedOut") this.#abort?.abort();
    const why = closed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(closed.error);
    failures.report(why, "close failed", closed.kind === "threw" ? closed.error : undefined);
  }

  /** Ends a `close` that still drains: what is left is dropped as `deadline` now. */
  giveUp(): void {
    this.#abort?.abort();
    this.#dropRest();
    this.#pump();
  }

  #dropRest(): void {
    this.#phase = "closed";
    this.#delay?.cancel();
    const left = this.#queue.clear();
    this.ledger.dropQueued(left.length, "deadline");
    this.#listeners.tell(left, "deadline");
    this.#delivery.abandon("deadline");
  }

  #makeRoom(line: JournalLine): boolean {
    if (this.#queue.hasRoom(line)) return true;
    if (this.#settings.queue.policy !== "drop-oldest") return false;
    const evicted = this.#queue.evictFor(line);
    this.ledger.dropQueued(evicted.length, "overflow");
    this.#listeners.tell(evicted, "overflow");
    return this.#queue.hasRoom(line);
  }

  #mustWait(line: JournalLine): boolean {
    if (this.#settings.queue.policy !== "block" || this.#phase === "closed" || !this.#settings.takes(line))
      return false;
    return !this.#queue.hasRoom(line) && this.#queue.couldHold(line) && this.#queue.mayWait(line);
  }

  /** A full queue goes at once: there is nothing to wait for that could join it. */
  #sendAll(): void {
    this.#dueBefore = this.#entered;
    this.#schedule();
  }

  /** The number of the line at the queue's head. */
  get #headNumber(): number {
    return this.#entered - this.#queue.total;
  }

  get #isDue(): boolean {
    const { count, bytes } = this.#queue;
    const { maxCount, maxBytes, maxDelayMs } = this.#settings.batch;
    if (count === 0) return false;
    return (
      count >= maxCount ||
      bytes >= maxBytes ||
      maxDelayMs === 0 ||
      this.#headNumber < this.#dueBefore ||
      this.#phase !== "open"
    );
  }

  get #mayWrite(): boolean {
    if (this.#isHeld || this.#phase === "closed" || !this.#delivery.hasCapacity) return false;
    return this.#flushGate.isIdle || !this.#flushGate.blocksWrites(this.#lowestUnsettled);
  }

  /** Sees that what was queued goes: soon when a batch is due, else when the delay is over. */
  #schedule(): void {
    if (this.#isPumpScheduled) return;
    if (this.#isDue) {
      if (!this.#mayWrite) return; // whatever stands in the way pumps when it is gone
      this.#isPumpScheduled = true;
      queueMicrotask(this.#pumpSoon);
    } else if (this.#delay === undefined && this.#queue.count > 0) {
      this.#delay = this.#host.clock.setTimer(() => {
        this.#delay = undefined;
        this.#dueBefore = this.#entered;
        this.#pump();
      }, this.#settings.batch.maxDelayMs);
    }
  }

  #pump(): void {
    while (this.#mayWrite) {
      if (this.#delivery.retryOldest()) continue;
      if (!this.#isDue) break;
      const { maxCount, maxBytes } = this.#settings.batch;
      const first = this.#headNumber;
      this.#delivery.begin(this.#queue.take(maxCount, maxBytes), first);
    }
    this.#flushGate.open(this.#lowestUnsettled, this.#delivery.inFlight);
    if (this.#phase !== "closed") this.#schedule();
  }

  get #lowestUnsettled(): number {
    return Math.min(this.#headNumber, this.#delivery.lowest);
  }

  #endFlush(): void {
    this.#flushGate.leave();
    this.#pump();
  }
}
