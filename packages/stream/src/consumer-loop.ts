import { createBackoff, errorCode, type Backoff, type Clock } from "@plumbline/core";
import type { CursorStore, StoredCursor } from "./cursor-store.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { DeliveryAccount } from "./delivery-account.ts";
import type { HoldKeeper } from "./hold-keeper.ts";
import { Parking } from "./parking.ts";
import { parsePosition } from "./position.ts";
import { isAtOrAfter } from "./position-order.ts";
import { PositionWaits } from "./position-waits.ts";
import type { SinkFeeder } from "./sink-feeder.ts";
import type { StreamBatch, StreamItem } from "./stream-item.ts";
import { openSubscription, type StreamSource, type SubscribeOptions } from "./subscribe.ts";
import type { JournalSubscription } from "./subscription.ts";
import { Watermark, type WatermarkEntry } from "./watermark.ts";

/** What a loop needs to bring one journal's events to a sink. */
export interface ConsumerLoopOptions {
  readonly source: StreamSource;
  /** Whether the events are those of this run's own journal. */
  readonly isOwn: boolean;
  readonly store: CursorStore;
  readonly start: StoredCursor;
  readonly hold: HoldKeeper;
  readonly letters: DeadLetters;
  readonly feeder: SinkFeeder;
  readonly account: DeliveryAccount;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly subscription: Omit<SubscribeOptions, "cursor" | "clock" | "signal">;
  /** Asked between batches: whether somebody else is to go on. */
  readonly isToYield?: () => Promise<boolean>;
  /** It has come to the end of what there is. */
  readonly onCaughtUp?: () => void;
  readonly onTrouble: (code: string, what: string, error: unknown) => void;
}

/** A position that only went past what the filter leaves out is committed no more often than this. */
const PROGRESS_MS = 250;

/**
 * Subscription, write, commit, over and over: the cursor goes on only behind what is settled, and what is handed out is noted before. A failure of
 * the journal or of the store pauses it; it never goes past.
 */
export class ConsumerLoop {
  readonly #o: ConsumerLoopOptions;
  readonly #watermark = new Watermark<string>();
  readonly #backoff: Backoff;
  readonly #pause: Parking;
  readonly #waits = new PositionWaits();
  readonly #underWay = new Set<Promise<void>>();
  #subscription: JournalSubscription | undefined;
  #done: string;
  #sent: string;
  /** Behind the last event that is settled, or may have been delivered. */
  #reached: string;
  #committed: StoredCursor;
  #commits: Promise<void> = Promise.resolve();
  #committedMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  /** Where it has come to the end of what there was, last. */
  #present: string | undefined;
  /** It reads no further than this. */
  #end: string | undefined;
  #room: (() => void) | undefined;

  constructor(options: ConsumerLoopOptions) {
    this.#o = options;
    this.#backoff = createBackoff({ initialMs: 100, maxMs: 10_000 });
    this.#pause = new Parking(options.clock);
    this.#committed = options.start;
    this.#done = this.#sent = options.start.done;
    this.#reached = options.start.sent;
  }

  /** The position behind everything that is settled. */
  get done(): string {
    return this.#done;
  }

  /** Runs until it is stopped, or is to yield, or the journal is closed and read to its end. Never rejects. */
  async run(): Promise<void> {
    for (let isOver = false; !isOver && !this.#isStopped;) {
      try {
        await this.#consume();
        isOver = true;
      } catch (error) {
        this.#o.onTrouble(errorCode(error), "the journal could not be read; it is tried again", error);
        await this.#pause.for(this.#backoff.next());
      }
    }
    await Promise.all(this.#underWay);
    this.#isStopped = true;
    // What was read, or noted to go out, and never did, has no unknown outcome.
    this.#sent = isAtOrAfter(this.#done, this.#reached) ? this.#done : this.#reached;
    await this.#commit();
    this.#o.hold.keep(this.#done);
    this.#waits.release();
  }

  /**
   * Resolves with `true` when everything up to the position is settled, with `false` when the loop has ended before, or `signal` has aborted. As long as somebody waits,
   * batches are not gathered.
   */
  async whenDone(position: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#isDone(position) || this.#isStopped) return this.#isDone(position);
    this.#subscription?.hurry(position);
    await this.#waits.until(position, signal);
    return this.#isDone(position);
  }

  /** No event stands at an epoch's beginning: there it is when it has everything that there was before. */
  #isDone(position: string): boolean {
    if (isAtOrAfter(this.#done, position)) return true;
    return position.endsWith(":0") && this.#present !== undefined && isAtOrAfter(this.#done, this.#present);
  }

  /** Ends behind a position that it cannot have passed yet, once everything up to there is settled. */
  endAt(position: string): void {
    this.#end = position;
    if (isAtOrAfter(this.#sent, position)) void Promise.allSettled([this.#subscription?.close()]);
    else this.#subscription?.hurry(position);
  }

  get #isAtEnd(): boolean {
    return this.#end !== undefined && isAtOrAfter(this.#sent, this.#end);
  }

  /** Reads no more. What is under way is the feeder's. */
  stop(): void {
    this.#isStopped = true;
    this.#pause.end();
    this.#room?.();
    void Promise.allSettled([this.#subscription?.close()]);
  }

  async #consume(): Promise<void> {
    const { source, subscription: options, clock } = this.#o;
    const subscription = openSubscription(source, { ...options, clock, cursor: this.#sent, strayCursor: "gap" });
    this.#subscription = subscription;
    try {
      if (this.#isStopped || this.#isAtEnd) return;
      if (this.#end !== undefined || this.#waits.isAny) subscription.hurry(this.#end);
      for await (const item of subscription) {
        await this.#handle(this.#end === undefined ? item : upTo(item, this.#end));
        if (this.#isStopped || this.#isAtEnd || (await this.#o.isToYield?.()) === true) return;
        this.#backoff.reset();
      }
    } finally {
      await subscription.close();
      this.#subscription = undefined;
    }
  }

  async #handle(item: StreamItem): Promise<void> {
    const { account, isOwn, onCaughtUp } = this.#o;
    const from = this.#sent;
    this.#sent = item.cursor;
    if (item.kind !== "gap" && item.isLive) this.#present = item.cursor;
    const wanted = item.kind === "events" ? item.lines.length : 0;
    if (item.kind === "gap") {
      if (isOwn) account.lost(item);
    } else if (isOwn) account.looked(from, item.cursor, item.scanned, wanted);
    else account.adopt(item.scanned, wanted);
    if (item.kind === "events") await this.#deliver(item);
    else {
      this.#settled(this.#watermark.settle(this.#watermark.begin(item.cursor)));
      const sinceMs = this.#o.clock.monotonicMs() - this.#committedMs;
      if (item.kind === "gap" || sinceMs >= PROGRESS_MS) await this.#commit();
    }
    if (item.kind !== "gap" && item.isLive) onCaughtUp?.();
  }

  /** Hands a batch to the feeder once there is room, after it is noted that it goes out. */
  async #deliver(batch: StreamBatch): Promise<void> {
    const { concurrency } = this.#o;
    while (this.#underWay.size >= concurrency && !this.#isStopped) {
      await new Promise<void>((resolve) => (this.#room = resolve));
    }
    if (this.#isStopped) return;
    const uncertain = this.#uncertainOf(batch);
    await this.#commit();
    const entry = this.#watermark.begin(batch.cursor);
    const running = this.#settle(batch, entry, uncertain).finally(() => {
      this.#underWay.delete(running);
      this.#room?.();
    });
    this.#underWay.add(running);
    // One at a time: the next batch is not read before this one is settled.
    if (concurrency === 1) await running;
  }

  async #settle(batch: StreamBatch, entry: WatermarkEntry<string>, uncertain: number): Promise<void> {
    const { feeder, letters } = this.#o;
    const { isSettled, reached } = await feeder.deliver(batch.lines, letters, uncertain);
    const last = batch.lines[reached - 1]?.id;
    if (last !== undefined && isAtOrAfter(last, this.#reached)) this.#reached = last;
    if (!isSettled) {
      this.stop();
      return;
    }
    this.#settled(this.#watermark.settle(entry));
    // Where the next batch stands in memory it goes out after at most one turn of the event loop, and one commit says both.
    setImmediate(() => setImmediate(this.#commitSettled));
  }

  readonly #commitSettled = (): void => {
    if (!this.#isStopped) void this.#commit(); // else `run` has the last word
  };

  /** How many events of a batch were handed out by a run before this one, which did not learn what became of them. */
  #uncertainOf({ lines }: StreamBatch): number {
    const { sent } = this.#o.start;
    if (!isAtOrAfter(sent, lines[0]?.id ?? "")) return 0;
    return lines.filter(({ id }) => isAtOrAfter(sent, id)).length;
  }

  #settled(done: string | undefined): void {
    if (done === undefined) return;
    this.#done = done;
    this.#o.hold.keep(done);
    this.#waits.pass((position) => this.#isDone(position));
  }

  /**
   * Commits what is settled and what is handed out, one commit after the other; what an earlier one has brought up to date is left out. One that fails is
   * repeated, and nothing goes on meanwhile; when the loop is stopped it is given up, and what it would have said is delivered again by the next run.
   */
  #commit(): Promise<void> {
    this.#commits = this.#commits.then(async () => {
      for (;;) {
        const cursor = { done: this.#done, sent: this.#sent };
        if (cursor.done === this.#committed.done && cursor.sent === this.#committed.sent) return;
        try {
          await this.#o.store.commit(cursor);
          this.#committed = cursor;
          this.#committedMs = this.#o.clock.monotonicMs();
        } catch (error) {
          this.#o.onTrouble(errorCode(error), "the cursor could not be kept; it is tried again", error);
          if (this.#isStopped) return;
          await this.#pause.for(this.#backoff.next());
        }
      }
    });
    return this.#commits;
  }
}

/** What of an item stands before an end. */
function upTo(item: StreamItem, end: string): StreamItem {
  if (isAtOrAfter(end, item.cursor)) return item;
  if (item.kind === "gap") return { ...item, cursor: end, missing: missingBetween(item.from, end) };
  const lines = item.kind === "progress" ? [] : item.lines.filter(({ id }) => isAtOrAfter(end, id));
  // Behind the end, in the same epoch, numbers have no holes.
  const behind = (parsePosition(item.cursor)?.seq ?? 0) - (parsePosition(end)?.seq ?? 0);
  const scanned = Math.max(lines.length, item.scanned - behind);
  if (lines.length === 0) return { kind: "progress", cursor: end, scanned, isLive: item.isLive };
  return { kind: "events", lines, cursor: end, scanned, isLive: item.isLive };
}

/** How many events stand between two positions, where that is known: in one epoch. */
function missingBetween(from: string | undefined, to: string): number | undefined {
  const [start, end] = [from === undefined ? undefined : parsePosition(from), parsePosition(to)];
  return start !== undefined && start.epoch === end?.epoch ? end.seq - start.seq : undefined;
}
