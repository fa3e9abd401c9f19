import type { Durability } from "../durability.ts";
import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import { callIsolated } from "../plugin/isolate.ts";
import type { Sink } from "../plugin/sink.ts";
import type { SeverityNumber } from "../severity.ts";
import { BatchSchedule } from "./batch-schedule.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { Delivery } from "./delivery.ts";
import { Entrance } from "./entrance.ts";
import { FlushGate } from "./flush-gate.ts";
import { LineListeners, type SettledListener } from "./line-listeners.ts";
import { Holds } from "./holds.ts";
import type { OutputOptions, OutputSettings } from "./output-options.ts";
import type { HeldOutput } from "./pipeline.ts";
import { Seat } from "./seat.ts";
import type { SinkCallHost } from "./sink-calls.ts";

/** What an output is given by its pipeline. */
export interface OutputHost extends SinkCallHost {
  readonly ledger: OutputLedger;
  readonly random: () => number;
}

/** One direct output: filters, queues, batches and feeds a sink, from a microtask or a timer. Nothing that the sink does reaches whoever offers a line. */
export class Output implements HeldOutput {
  readonly name: string;
  readonly ledger: OutputLedger;
  readonly #host: OutputHost;
  readonly #delivery: Delivery;
  readonly #queue: BoundedQueue;
  readonly #flushGate = new FlushGate();
  readonly #seat: Seat;
  #settings: OutputSettings;
  #phase: "open" | "draining" | "closed" = "open";
  readonly #holds = new Holds(() => this.#pump());
  #isReleased = false;
  /** Outputs of earlier configurations that hand on through this one's sink what they still have, the oldest first. */
  #borrowers: readonly Output[] = [];
  readonly #schedule: BatchSchedule;
  readonly #entrance: Entrance;
  #isPumpScheduled = false;
  readonly #listeners = new LineListeners();
  #closing: Promise<void> | undefined;
  readonly #pumpSoon = (): void => {
    this.#isPumpScheduled = false;
    this.#pump();
  };

  constructor(options: OutputOptions, settings: OutputSettings, host: OutputHost) {
    this.name = options.name;
    this.ledger = host.ledger;
    this.#seat = new Seat(options.sink, options.abort, host);
    this.#host = host;
    this.#settings = settings;
    this.#queue = new BoundedQueue(this.#settings.queue);
    this.#schedule = new BatchSchedule(this.#queue, host.clock);
    this.#entrance = new Entrance(settings, {
      ledger: host.ledger,
      queue: this.#queue,
      schedule: this.#schedule,
      listeners: this.#listeners,
      onQueued: () => this.#pumpLater(),
      onFull: () => {
        this.#schedule.hurry();
        this.#pumpLater();
      },
    });
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
    return this.#seat.sink;
  }

  /** Whether its sink was closed while the queue stays, for another sink to go on with. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  get minSeverity(): SeverityNumber {
    return this.#settings.minSeverity;
  }

  /** Whether its sink is closed with it: it does not go on through another's. */
  get ownsSink(): boolean {
    return this.#seat.isOwn;
  }

  /** Takes other options for the same sink; what is queued stays. */
  configure(options: OutputOptions, settings: OutputSettings): void {
    this.#seat.own(options.sink, options.abort);
    this.#settings = settings;
    this.#entrance.configure(settings);
    this.#queue.rebound(settings.queue);
    this.#delivery.configure(settings);
    this.#pumpLater();
  }

  /**
   * Hands nothing on any more, waits up to `timeoutMs` for what is in flight, and closes the sink. What is queued stays, what is offered is queued,
   * and what did not settle is given to the sink that {@link resume} names: its outcome is unknown. The same for those that borrow the sink.
   */
  async release(timeoutMs: number): Promise<void> {
    this.#isReleased = true;
    await Promise.all([...this.#borrowing(), this].map((output) => output.#pause(timeoutMs)));
    await this.#seat.flush(undefined, timeoutMs);
    await this.#seat.close(timeoutMs);
  }

  hold(): void {
    this.#isReleased = true;
    this.#holds.add();
  }

  withdraw(): readonly JournalLine[] {
    if (!this.#isReleased) return [];
    return [...this.#borrowing(), this].flatMap((output) => {
      const lines = [...output.#delivery.takeWaiting(), ...output.#queue.clear()];
      output.ledger.withdraw(lines.length);
      output.#listeners.tell(lines, undefined);
      output.#pump(); // one that drains is done
      return lines;
    });
  }

  waiting(): readonly JournalLine[] {
    return [...this.#borrowing(), this].flatMap((output) => [...output.#delivery.waiting, ...output.#queue.lines]);
  }

  async #pause(timeoutMs: number): Promise<void> {
    this.#holds.add();
    await callIsolated(this.#host.clock, timeoutMs, () => this.#delivery.whenIdle());
    this.#delivery.recall();
  }

  /** After {@link release}: what it is to go on with, not started yet. */
  substitute(sink: Sink, abort: AbortController | undefined): void {
    this.#seat.own(sink, abort);
    this.#delivery.useSink(sink);
    for (const borrower of this.#borrowing()) borrower.#borrow(sink);
  }

  #borrow(sink: Sink): void {
    this.#seat.borrow(sink);
    this.#delivery.useSink(sink);
  }

  /** Goes on after {@link release} with the sink that was named, which is started. */
  resume(): void {
    for (const output of [...this.#borrowing(), this]) {
      output.#isReleased = false;
      output.#holds.remove();
    }
  }

  /**
   * A released output goes on through this one's sink, and so do those that went on through its own. Until they are closed, this sink is not, but
   * for {@link release}.
   */
  lendTo(released: Output): void {
    const borrowers = [...released.#borrowing(), released];
    released.#borrowers = [];
    this.#borrowers = [...this.#borrowing(), ...borrowers];
    for (const borrower of borrowers) {
      borrower.#borrow(this.sink);
      if (!this.#isReleased) borrower.resume(); // else with this one
    }
  }

  #borrowing(): readonly Output[] {
    return this.#borrowers.filter((output) => output.#phase !== "closed");
  }

  /** Queues lines but hands none on until `until` has settled: an output before this one still writes to the same place. */
  async holdUntil(until: Promise<void>): Promise<void> {
    await this.#holds.until(until);
  }

  /** Takes, filters or drops a line, and counts it. Never waits. */
  offer(line: JournalLine): "queued" | "filtered" | "closed" | "overflow" {
    return this.#entrance.offer(line);
  }

  /** As `offer`, but under `block` it waits until the line is within the bounds or dropped; `undefined` with nothing to wait for. `listener` is told once what became of it. */
  offerAndWait(line: JournalLine, listener: SettledListener | undefined): Promise<void> | undefined {
    return this.#entrance.offerAndWait(line, listener);
  }

  /** Resolves when every line offered before is settled and the sink has flushed: with `undefined`, or the code of what kept it: `PLB_FLUSH_INCOMPLETE` where a close drops some of them. Writes wait while it flushes. */
  async flush(durability: Durability | undefined, timeoutMs: number): Promise<string | undefined> {
    const { clock } = this.#host;
    const endMs = clock.monotonicMs() + timeoutMs;
    const wasClosed = this.#phase === "closed";
    const barrier = this.#schedule.entered;
    const { entered, withdraw } = this.#flushGate.enter(barrier);
    this.#schedule.hurry();
    this.#pump();
    const settled = await callIsolated(clock, timeoutMs, () => entered);
    let code: string | undefined = "PLB_FLUSH_INCOMPLETE";
    if (settled.kind === "returned") {
      const flushMs = Math.min(Math.max(0, endMs - clock.monotonicMs()), this.#settings.writeTimeoutMs);
      if (this.#phase !== "closed") code = await this.#seat.flush(durability, flushMs);
      else if (wasClosed || barrier <= this.#flushGate.flushed) code = undefined;
      this.#flushGate.leave(code === undefined && !wasClosed ? barrier : 0);
    } else withdraw();
    this.#pump();
    return code;
  }

  /** Drains for up to `timeoutMs`, drops what is left as `deadline`, and closes the sink. It takes lines until it is drained. Never rejects; repeated, the same promise. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** As {@link close}, for one that is replaced while others go on: its time begins when those are done that it waits for at the call. Repeated, the same promise. */
  leave(timeoutMs: number): Promise<void> {
    return this.#holds.leave(() => this.close(timeoutMs));
  }

  async #close(timeoutMs: number): Promise<void> {
    const startMs = this.#host.clock.monotonicMs();
    this.#phase = "draining";
    this.#delivery.resume(); // a last attempt, whatever pause was under way
    const code = await this.flush(undefined, timeoutMs);
    this.#dropRest();
    if (!this.#seat.isOwn) return;
    // They have deadlines of their own, later than this one's where they wait for their turn: then the sink is closed in its grace.
    await Promise.all(this.#borrowing().map((output) => output.leave(timeoutMs)));
    const remainingMs = timeoutMs - (this.#host.clock.monotonicMs() - startMs);
    if (code === "PLB_FLUSH_INCOMPLETE" || remainingMs <= 0) this.#seat.abort();
    await this.#seat.close(remainingMs);
  }

  /** Ends a `close` that still drains: what is left is dropped as `deadline` now. */
  giveUp(): void {
    this.#seat.abort();
    for (const borrower of this.#borrowing()) borrower.giveUp();
    this.#dropRest();
  }

  #dropRest(): void {
    this.#phase = "closed";
    this.#entrance.shut();
    this.#schedule.cancel();
    const left = this.#queue.clear();
    this.ledger.dropQueued(left.length, "deadline");
    this.#listeners.tell(left, "deadline");
    this.#delivery.abandon("deadline");
    this.#pump(); // whoever flushes waits for nothing any more
  }

  get #isDue(): boolean {
    return this.#schedule.isDue(this.#settings.batch) || (this.#phase !== "open" && this.#queue.count > 0);
  }

  get #mayWrite(): boolean {
    if (this.#holds.any || this.#phase === "closed" || !this.#delivery.hasCapacity) return false;
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
