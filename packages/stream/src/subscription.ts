import { formatId, type EventRing, type RingAttachment } from "@plumbline/core";
import { compareIds } from "@plumbline/jsonl";
import { JournalReader, type ColdBounds, type ColdRead } from "./journal-reader.ts";
import { LineSelection } from "./line-selection.ts";
import { OrderDetector } from "./order-detector.ts";
import { Parking } from "./parking.ts";
import { parsePosition, type StreamPosition } from "./position.ts";
import { RingReader } from "./ring-reader.ts";
import { streamError } from "./stream-error.ts";
import { createStreamFilter, type StreamFilterOptions } from "./stream-filter.ts";
import type { StreamGap, StreamItem, StreamLine } from "./stream-item.ts";
import type { Subscription, SubscriptionState } from "./subscribe.ts";
import { SubscriptionCounts } from "./subscription-counts.ts";
import type { SubscriptionSettings } from "./subscription-settings.ts";
import { findStart, unknown, type SubscriptionSource } from "./subscription-start.ts";

/** The first pause of one that polls; each after it is twice as long. */
const FIRST_POLL_MS = 5;
/** So many passes may find nothing of what is said to be on disk. */
const MAX_EMPTY_PASSES = 60;
const LAST_EMPTY_PAUSE_MS = 250;

/** See {@link Subscription}. */
export class JournalSubscription implements Subscription {
  readonly #source: SubscriptionSource;
  readonly #s: SubscriptionSettings;
  readonly #parking: Parking;
  readonly #detector = new OrderDetector();
  readonly #counts: SubscriptionCounts;
  readonly #steps: AsyncGenerator<undefined, undefined, undefined>;
  /** What the last step brought; not in the generator, which would hold it while it is suspended. */
  #item: StreamItem | undefined;
  readonly #reader: JournalReader;
  readonly #ringReader: RingReader;
  /** For `latest`: where the journal ended at the call. */
  readonly #tipAtCall: StreamPosition | undefined;
  #attachment: RingAttachment | undefined;
  readonly #selection: LineSelection;
  #position: StreamPosition | undefined;
  /** The first read, which tells whether there is a place like the one to begin at. */
  #firstRead: ColdRead | undefined;
  #beginning: Promise<void> | undefined;
  #phase: SubscriptionState["phase"] = "starting";
  /** Events looked at since the last item. */
  #unsaid = 0;
  #isSaidLive = false;
  #emptyPasses = 0;
  #pollMs = FIRST_POLL_MS;
  #isClosed = false;
  /** Calls of `next` that have not come back. */
  #calls = 0;
  readonly #onAbort = (): void => this.#end();

  constructor(source: SubscriptionSource, settings: SubscriptionSettings) {
    this.#source = source;
    this.#s = settings;
    this.#selection = new LineSelection(settings.filter);
    this.#parking = new Parking(settings.clock);
    this.#ringReader = new RingReader(settings, this.#parking);
    this.#counts = new SubscriptionCounts(settings.diagnostics);
    this.#tipAtCall = this.#tip;
    const position = typeof settings.cursor === "string" ? parsePosition(settings.cursor) : undefined;
    this.#reader = new JournalReader(source.location, source.files, position, this.#counts, settings.memory);
    this.#steps = this.#run();
    settings.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (settings.signal?.aborted === true) this.#end();
  }

  get cursor(): string | undefined {
    return this.#position && formatId(this.#position.epoch, this.#position.seq);
  }

  ready(): Promise<void> {
    return (this.#beginning ??= this.#begin());
  }

  async next(): Promise<IteratorResult<StreamItem, undefined>> {
    // The clock's timers never hold the process; this one does, for as long as somebody waits.
    const holder = this.#s.keepAlive ? setInterval(() => undefined, 2 ** 30) : undefined;
    this.#calls += 1;
    try {
      const { done = false } = await this.#steps.next();
      const item = this.#item;
      this.#item = undefined;
      return done || item === undefined ? { done: true, value: undefined } : { done: false, value: item };
    } finally {
      this.#calls -= 1;
      clearInterval(holder);
    }
  }

  async return(): Promise<IteratorResult<StreamItem, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  setFilter(filter: StreamFilterOptions): void {
    this.#selection.filter = createStreamFilter(filter);
  }

  state(): SubscriptionState {
    return this.#counts.state(this.#phase, this.#position, this.#tip, this.#selection.skipBefore);
  }

  async close(): Promise<void> {
    this.#end();
    await Promise.allSettled([(this.#beginning ??= Promise.resolve())]); // what that reads into is not to be given back yet
    await this.#steps.return(undefined);
    await this.#release();
  }

  async rest(): Promise<void> {
    if (this.#calls > 0 || this.#phase === "starting") return;
    if (this.#firstRead?.kind === "lines") this.#firstRead = undefined; // they are read again
    await this.#reader.close();
  }

  /** What there is now, and what will be there up to a position, is given without a wait for more to come. */
  hurry(position?: string): void {
    this.#ringReader.hurry(this.#source.ring, position === undefined ? undefined : parsePosition(position));
  }

  #end(): void {
    this.#isClosed = true;
    this.#parking.end();
  }

  async #release(): Promise<void> {
    this.#phase = "ended";
    this.#s.signal?.removeEventListener("abort", this.#onAbort);
    this.#attachment?.[Symbol.dispose]();
    this.#firstRead = undefined;
    await this.#reader.close();
  }

  async *#run(): AsyncGenerator<undefined, undefined, undefined> {
    try {
      await this.ready();
      for (;;) {
        this.#item = await this.#produce();
        if (this.#item === undefined) return undefined;
        yield;
      }
    } finally {
      await this.#release();
    }
  }

  async #begin(): Promise<void> {
    this.#attachment = this.#source.ring?.attach();
    const request = { ...this.#s, tip: this.#tipAtCall, bounds: this.#bounds };
    const start = await findStart(this.#source, this.#reader, request).catch(async (error: unknown) => {
      await this.#release(); // nobody need close what never began
      throw error;
    });
    this.#position = start.position;
    this.#firstRead = start.firstRead;
    this.#selection.skipBefore = start.skipBefore;
    this.#counts.startedAt(start.position, this.#tipAtCall);
    this.#detector.begin(start.position);
    this.#phase = "replay";
  }

  /** What has reached the class of the journal that this process writes. */
  get #tip(): StreamPosition | undefined {
    const { ring } = this.#source;
    return ring && { epoch: ring.epoch, seq: ring.reached(this.#s.durability) };
  }

  get #bounds(): ColdBounds {
    return { maxCount: this.#s.maxBatchCount, maxBytes: this.#s.maxBatchBytes, limit: this.#tip };
  }

  /** The next item: from memory, from disk, or after a wait. `undefined` at the end. */
  async #produce(): Promise<StreamItem | undefined> {
    while (!this.#isClosed) {
      const { ring } = this.#source;
      const read = (ring && (await this.#readRing(ring))) ?? (await this.#readCold());
      if (read.kind === "gap") return this.#passGap(read.gap);
      const item = read.kind === "end" ? this.#sayLive() : this.#give(read.lines);
      if (item !== undefined) return item;
      if (read.kind === "end" && (await this.#wait()) === "over") return undefined;
    }
    return undefined;
  }

  /** What stands in memory behind the position; `undefined` where it is on disk. */
  async #readRing(
    ring: EventRing,
  ): Promise<{ kind: "lines"; lines: readonly StreamLine[] } | { kind: "end" } | undefined> {
    await this.#ringReader.turn();
    const position = this.#position;
    if (position?.epoch !== ring.epoch || position.seq + 1 < ring.floor || this.#firstRead !== undefined)
      return undefined;
    await this.#reader.close();
    this.#attachment?.passed(position.seq);
    const lines = await this.#ringReader.read(ring, position.seq);
    return lines.length > 0 ? { kind: "lines", lines } : { kind: "end" };
  }

  async #readCold(): Promise<ColdRead> {
    const first = this.#firstRead;
    this.#firstRead = undefined;
    if (first !== undefined) return first;
    const [position, at] = [this.#position, this.#reader.position];
    if (position !== undefined && (at === undefined || compareIds(at, position) !== 0)) this.#reader.moveTo(position);
    return this.#reader.read(this.#bounds);
  }

  #passGap(gap: StreamGap): StreamGap {
    if (gap.reason === "unknown-cursor" && this.#s.strayCursor === "refuse") throw unknown(gap.from);
    this.#position = parsePosition(gap.cursor);
    this.#detector.begin(this.#position);
    this.#counts.passedGap(gap);
    this.#unsaid = 0;
    return gap;
  }

  /** An item of the lines that were read, or nothing as long as the filter leaves them out. */
  #give(lines: readonly StreamLine[]): StreamItem | undefined {
    const last = lines.at(-1);
    if (last === undefined) return undefined;
    this.#emptyPasses = 0;
    this.#pollMs = FIRST_POLL_MS;
    const fault = this.#detector.take(lines);
    if (fault !== undefined) this.#counts.outOfOrder(fault);
    this.#position = parsePosition(last.id);
    const wanted = this.#selection.of(lines);
    const scanned = this.#unsaid + lines.length;
    this.#counts.looked(lines.length, wanted.length);
    const isLive = this.#isAtTip;
    if (wanted.length === 0 && scanned < this.#s.progressEvery) {
      this.#unsaid = scanned;
      return undefined;
    }
    this.#unsaid = 0;
    this.#isSaidLive = isLive;
    this.#phase = isLive ? "live" : "replay";
    if (wanted.length === 0) return { kind: "progress", cursor: last.id, scanned, isLive };
    return { kind: "events", lines: wanted, cursor: last.id, scanned, isLive };
  }

  get #isAtTip(): boolean {
    const tip = this.#tip;
    if (tip === undefined) return this.#isSaidLive && this.#reader.isAtEnd;
    return this.#position?.epoch === tip.epoch && this.#position.seq >= tip.seq;
  }

  /** At the end: says once that the present is reached, and how far what was left out went. */
  #sayLive(): StreamItem | undefined {
    const { cursor } = this;
    if (this.#isMoreExpected) return undefined;
    this.#phase = "live";
    if (cursor === undefined || (this.#isSaidLive && this.#unsaid === 0)) return undefined;
    const scanned = this.#unsaid;
    this.#unsaid = 0;
    this.#isSaidLive = true;
    return { kind: "progress", cursor, scanned, isLive: true };
  }

  /** Whether the journal of this process says that there is more than what was found. */
  get #isMoreExpected(): boolean {
    const tip = this.#tip;
    return tip !== undefined && tip.seq > (this.#position?.epoch === tip.epoch ? this.#position.seq : 0);
  }

  /** Waits for more; `over` when there will be none. */
  async #wait(): Promise<"over" | undefined> {
    const { ring } = this.#source;
    if (ring === undefined) {
      await this.#parking.for(this.#pollMs);
      this.#pollMs = Math.min(this.#pollMs * 2, this.#s.pollMs);
      return undefined;
    }
    if (this.#isMoreExpected) {
      this.#emptyPasses += 1;
      if (this.#emptyPasses <= MAX_EMPTY_PASSES) {
        await this.#parking.for(Math.min(2 ** this.#emptyPasses, LAST_EMPTY_PAUSE_MS));
        return undefined;
      }
      // Never a jump: the next event that can be read shows what is gone, and where none will come, that is an error.
      const facts = { cursor: this.cursor, path: this.#source.location.path };
      if (ring.isEnded) throw streamError("PLB_STREAM_STALLED", { details: facts });
      this.#counts.stalled(facts);
      this.#emptyPasses = 0;
    }
    if (ring.isEnded) return "over";
    // Taken in the tick in which it was looked.
    await this.#parking.until(ring.changed(this.#s.lingerMs === 0));
    return undefined;
  }
}
