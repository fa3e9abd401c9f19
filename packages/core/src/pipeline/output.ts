import type { Durability } from "../durability.ts";
import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import { callIsolated } from "../plugin/isolate.ts";
import type { Sink } from "../plugin/sink.ts";
import type { SeverityNumber } from "../severity.ts";
import { BatchSchedule } from "./batch-schedule.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { Delivery } from "./delivery.ts";
import { FlushGate } from "./flush-gate.ts";
import { LineListeners, type SettledListener } from "./line-listeners.ts";
import type { OutputOptions, OutputSettings } from "./output-options.ts";
import { closeSink, flushSink, type SinkCallHost } from "./sink-calls.ts";

/** What an output is given by its pipeline. */
export interface OutputHost extends SinkCallHost {
  readonly ledger: OutputLedger;
  readonly random: () => number;
}

/**
 * One direct output: filters, queues, batches and feeds a sink. Nothing that the sink does reaches whoever offers a line. The sink
 * is called from a microtask or a timer, never from within `offer`.
 */
export class Output {
  readonly name: string;
  readonly #host: OutputHost;
  readonly #delivery: Delivery;
  readonly #queue: BoundedQueue;
  readonly #flushGate = new FlushGate();
  #abort: AbortController | undefined;
  #settings: OutputSettings;
  #phase: "open" | "draining" | "closed" = "open";
  #sink: Sink;
  /** Whether the sink is closed with the output; not when another output owns it. */
  #ownsSink = true;
  /** What stands in the way of writes: an output before this one, or that the sink was released. */
  #holds = 0;
  #isReleased = false;
  readonly #schedule: BatchSchedule;
  #isPumpScheduled = false;
  readonly #listeners = new LineListeners();
  #closing: Promise<void> | undefined;
  readonly #pumpSoon = (): void => {
    this.#isPumpScheduled = false;
    this.#pump();
  };

  constructor(options: OutputOptions, settings: OutputSettings, host: OutputHost) {
    this.name = options.name;
    this.#sink = options.sink;
    this.#abort = options.abort;
    this.#host = host;
    this.#settings = settings;
    this.#queue = new BoundedQueue(this.#settings.queue);
    this.#schedule = new BatchSchedule(this.#queue, host.clock);
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

  get sink(): Sink {
    return this.#sink;
  }

  /** Whether its sink was closed while the queue stays, for another sink to go on with. */
  get isReleased(): boolean {
    return this.#isReleased;
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
    this.#pumpLater();
  }

  /**
   * Hands nothing on any more, waits up to `timeoutMs` for what is in flight, and closes the sink. What is queued stays, what is offered is queued,
   * and what did not settle is given to the sink that {@link resume} names: its outcome is unknown.
   */
  async release(timeoutMs: number): Promise<void> {
    this.#holds += 1;
    this.#isReleased = true;
    await callIsolated(this.#host.clock, timeoutMs, () => this.#delivery.whenIdle());
    this.#delivery.recall();
    if (this.#sink.flush !== undefined) await flushSink(this.#sink, undefined, timeoutMs, this.#host);
    await this.#closeSink(timeoutMs);
  }

  /** After {@link release}: what it is to go on with, not started yet; one that is borrowed belongs to another output, and is not closed. */
  substitute(sink: Sink, abort: AbortController | undefined, ownership: "owned" | "borrowed" = "owned"): void {
    this.#sink = sink;
    this.#abort = abort;
    this.#ownsSink = ownership === "owned";
    this.#delivery.useSink(sink);
  }

  /** Goes on after {@link release} with the sink that was named, which is started. */
  resume(): void {
    this.#isReleased = false;
    this.#unhold();
  }

  /** Queues lines but hands none on until `until` has settled: an output before this one still writes to the same place. */
  async holdUntil(until: Promise<void>): Promise<void> {
    this.#holds += 1;
    await Promise.allSettled([until]);
    this.#unhold();
  }

  #unhold(): void {
    this.#holds -= 1;
    this.#pump();
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
    this.#schedule.enter();
    this.#queue.push(line);
    this.#pumpLater();
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
      this.#schedule.enter();
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
    const { clock } = this.#host;
    const startMs = clock.monotonicMs();
    const { entered, withdraw } = this.#flushGate.enter(this.#schedule.entered);
    this.#schedule.hurry();
    this.#pump();
    const settled = await callIsolated(clock, timeoutMs, () => entered);
    if (settled.kind !== "returned") {
      withdraw();
      this.#pump();
      return "PLB_FLUSH_INCOMPLETE";
    }
    let code: string | undefined;
    if (this.#sink.flush !== undefined && this.#phase !== "closed") {
      const remainingMs = Math.max(0, timeoutMs - (clock.monotonicMs() - startMs));
      code = await flushSink(this.#sink, durability, Math.min(remainingMs, this.#settings.writeTimeoutMs), this.#host);
    }
    this.#flushGate.leave();
    this.#pump();
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
    const startMs = this.#host.clock.monotonicMs();
    this.#phase = "draining";
    this.#delivery.resume(); // a last attempt, whatever pause was under way
    const code = await this.flush(undefined, timeoutMs);
    this.#dropRest();
    if (!this.#ownsSink) return;
    const remainingMs = timeoutMs - (this.#host.clock.monotonicMs() - startMs);
    if (code === "PLB_FLUSH_INCOMPLETE" || remainingMs <= 0) this.#abort?.abort();
    await this.#closeSink(remainingMs);
  }

  async #closeSink(timeoutMs: number): Promise<void> {
    const code = await closeSink(this.#sink, timeoutMs, this.#host);
    if (code === "PLB_PLUGIN_TIMEOUT") this.#abort?.abort();
  }

  /** Ends a `close` that still drains: what is left is dropped as `deadline` now. */
  giveUp(): void {
    this.#abort?.abort();
    this.#dropRest();
    this.#pump();
  }

  #dropRest(): void {
    this.#phase = "closed";
    this.#schedule.cancel();
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
    const mayBlock = this.#settings.queue.policy === "block" && this.#phase !== "closed" && this.#settings.takes(line);
    return mayBlock && !this.#queue.hasRoom(line) && this.#queue.couldHold(line) && this.#queue.mayWait(line);
  }

  /** A full queue goes at once: there is nothing to wait for that could join it. */
  #sendAll(): void {
    this.#schedule.hurry();
    this.#pumpLater();
  }

  get #isDue(): boolean {
    return this.#schedule.isDue(this.#settings.batch) || (this.#phase !== "open" && this.#queue.count > 0);
  }

  get #mayWrite(): boolean {
    if (this.#holds > 0 || this.#phase === "closed" || !this.#delivery.hasCapacity) return false;
    return this.#flushGate.isIdle || !this.#flushGate.blocksWrites(this.#lowestUnsettled);
  }

  /** Sees that what was queued goes: soon when a batch is due, else when the delay is over. */
  #pumpLater(): void {
    if (this.#isPumpScheduled) return;
    if (this.#isDue) {
      if (!this.#mayWrite) return; // whatever stands in the way pumps when it is gone
      this.#isPumpScheduled = true;
      queueMicrotask(this.#pumpSoon);
    } else {
      this.#schedule.wait(this.#settings.batch, () => this.#pump());
    }
  }

  #pump(): void {
    while (this.#mayWrite) {
      if (this.#delivery.retryOldest()) continue;
      if (!this.#isDue) break;
      const { maxCount, maxBytes } = this.#settings.batch;
      const first = this.#schedule.headNumber;
      this.#delivery.begin(this.#queue.take(maxCount, maxBytes), first);
    }
    this.#flushGate.open(this.#lowestUnsettled, this.#delivery.inFlight);
    if (this.#phase !== "closed") this.#pumpLater();
  }

  get #lowestUnsettled(): number {
    return Math.min(this.#schedule.headNumber, this.#delivery.lowest);
  }
}
