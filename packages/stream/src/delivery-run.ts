import { errorCode, type EventLine, formatId, type Durability, type EmitGuard, type Journal } from "@plumbline/core";
import type { ConsumerLoop } from "./consumer-loop.ts";
import { createFileCursorStore, type CursorStore, type StoredCursor } from "./cursor-store.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { DeliveryAccount, type JournalMark } from "./delivery-account.ts";
import { DeliveryEntry, type EntryPlace } from "./delivery-entry.ts";
import { DeliveryLoops } from "./delivery-loops.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import { earliestPosition } from "./earliest-position.ts";
import type { HoldKeeper } from "./hold-keeper.ts";
import type { JournalBoundary } from "./journal-boundary.ts";
import type { JournaledDeliveryOptions, JournaledDeliveryReport } from "./journaled-delivery.ts";
import { Parking } from "./parking.ts";
import { PassedMark } from "./passed-mark.ts";
import { createOnce } from "./once.ts";
import { SinkFeeder } from "./sink-feeder.ts";
import { streamError } from "./stream-error.ts";
import { SlotDrain, type ConsumerLease } from "./slot-drain.ts";

/** What a run needs: a guard as well. */
export interface DeliveryRunOptions extends JournaledDeliveryOptions {
  readonly guard: EmitGuard;
}

/** Between two attempts to get the lease that a process has which drains the slot. */
const LEASE_MS = 500;
const SLOTS_MS = 30_000;

/** A delivery from its start to its close: the loop over this run's journal, and the draining of free slots beside it, into one feeder. */
export class DeliveryRun {
  readonly #durability: Durability;
  readonly #o: DeliveryRunOptions;
  readonly #s: DeliverySettings;
  readonly #account: DeliveryAccount;
  /** The position behind what had a number when the delivery was made. */
  #now: string;
  /** Of this run's journal; it may be closed, and no longer tell, when this is asked. */
  readonly #source: Pick<Journal, "ring" | "location">;
  readonly #feeder: SinkFeeder;
  readonly #loops: DeliveryLoops;
  readonly #hold: HoldKeeper;
  readonly #letters: DeadLetters;
  readonly #store: CursorStore;
  readonly #parking: Parking;
  readonly #passed = new PassedMark();
  readonly #told = new Set<string>();
  #lease: ConsumerLease | undefined;
  #loop: ConsumerLoop | undefined;
  #drain: SlotDrain | undefined;
  #starting: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #begun = createOnce();
  readonly #entry: DeliveryEntry;
  #isClosing = false;
  #trouble: string | undefined;

  constructor(options: DeliveryRunOptions, settings: DeliverySettings, mark: JournalMark) {
    const { journal, sink, clock, guard, consumer, random = Math.random, describe } = options;
    this.#o = options;
    this.#s = settings;
    this.#durability = journal.durability === "buffered" ? "written" : journal.durability;
    this.#account = new DeliveryAccount(consumer, journal, mark);
    const { ring, location } = journal;
    this.#source = { ring, location };
    this.#now = formatId(journal.epoch, mark.tip);
    const account = this.#account;
    this.#entry = new DeliveryEntry(account);
    const feeding = { sink, clock, guard, random, account, describe, onFailure: this.#tell };
    this.#feeder = new SinkFeeder({ ...settings, ...feeding });
    this.#loops = new DeliveryLoops(options, settings, { account, feeder: this.#feeder, onTrouble: this.#tell });
    this.#hold = this.#loops.createHold(location);
    this.#letters = this.#loops.createLetters(location);
    this.#store = options.store ?? createFileCursorStore({ location, consumer });
    this.#parking = new Parking(clock);
    void this.#begun.promise.then(() => this.#passed.release());
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Resolves with `true` when everything that has reached the class at the call is settled, `false` when the loop ended, or `signal` aborted, before. */
  async whenReachedIsDone(signal: AbortSignal): Promise<boolean> {
    const position = this.#reached;
    await this.#starting;
    // Until the lease is there, nothing is delivered here: whoever has it may deliver this too.
    if (this.#loop === undefined && !this.#isClosing) await this.#passed.whenAt(position, signal);
    return (await this.#loop?.whenDone(position, signal)) ?? this.#passed.isAt(position);
  }

  /** The code of what keeps it from beginning. */
  get waitsFor(): string | undefined {
    return this.#trouble;
  }

  /** It may begin: see {@link JournaledDelivery.enter}. */
  enter(boundary: JournalBoundary, from: EntryPlace): void {
    this.#entry.enter(boundary, from);
  }

  /** What stands before a boundary is its own, also what it does not deliver any more. */
  endAccountAt(boundary: JournalBoundary): void {
    this.#account.endAt(boundary);
  }

  /** Goes no further than a boundary. Resolves as {@link whenReachedIsDone} does, for what stands before it. */
  async finishAt(boundary: JournalBoundary): Promise<boolean> {
    this.endAccountAt(boundary);
    const known = createOnce<string>();
    boundary.whenKnown((position) => {
      this.#loop?.endAt(position);
      known.resolve(position);
    });
    const end = await known.promise;
    if (this.#loop === undefined && !this.#isClosing) await this.#begun.promise;
    this.#loop?.endAt(end);
    return (await this.#loop?.whenDone(end)) ?? false;
  }

  /** See {@link JournaledDelivery.hurry}. */
  hurry(): void {
    this.#feeder.hurry();
  }

  /** See {@link JournaledDelivery.takeRest}. */
  takeRest(): readonly EventLine[] {
    return this.#entry.takeRest();
  }

  /** The position behind what has reached the class. */
  get #reached(): string {
    const { ring } = this.#source;
    return formatId(ring.epoch, ring.reached(this.#durability));
  }

  /** Goes on as far as it can within the time, then gives everything up but the sink. */
  async close(timeoutMs: number, rest: "deliver" | "leave"): Promise<void> {
    this.#feeder.hurry();
    const deadline = this.#o.clock.setTimer(() => {
      this.#endBegin();
      this.#entry.end();
      this.#feeder.stop();
      this.#loop?.stop();
    }, timeoutMs);
    // One that may begin, and is about to, has something to deliver.
    const isAbout = this.#loop === undefined && this.#hasLease && this.#entry.isEntered;
    if (rest === "deliver" && isAbout) await Promise.race([this.#begun.promise, this.#running]);
    this.#endBegin();
    // What is behind an entry is its own from there on: whoever comes after it has to find the place.
    if (this.#entry.isEntered) await this.#entry.known;
    else this.#entry.end();
    await Promise.allSettled([this.#starting]);
    const drained = this.#drain?.stop();
    if (rest === "deliver") await this.#loop?.whenDone(this.#reached);
    this.#loop?.stop();
    await drained;
    await this.#running;
    if (this.#loop === undefined) await Promise.allSettled([this.#notePassed()]);
    this.#entry.dropRest();
    deadline.cancel();
    this.#feeder.stop();
    await Promise.allSettled([this.#hold.close(), this.#letters.close(), this.#store.close()]);
    await Promise.allSettled([this.#lease?.release()]);
  }

  /** One that has not begun will not. */
  #endBegin(): void {
    this.#isClosing = true;
    this.#parking.end();
    this.#begun.resolve();
  }

  /** Tells each kind of failure once. */
  readonly #tell = (code: string, what: string, error?: unknown): void => {
    if (this.#told.has(code)) return;
    this.#told.add(code);
    const { describe, diagnostics, consumer } = this.#o;
    try {
      const reason = error === undefined ? undefined : describe?.(error);
      diagnostics?.warn(`${consumer}: ${what}`, { code, ...(reason === undefined ? {} : { reason }) });
    } catch {
      return; // whoever listens must not keep events from being delivered
    }
  };

  report(): JournaledDeliveryReport {
    return {
      ...this.#account.report(),
      cursor: this.#loop?.done,
      trouble: this.#feeder.trouble ?? this.#trouble,
    };
  }

  async #start(): Promise<void> {
    const { claimLease, journal, consumer, waitsForEntry = false } = this.#o;
    this.#lease = await claimLease?.(journal.location, consumer);
    if (waitsForEntry) {
      await this.#store.load(); // what keeps it is said by the start
      this.#running = this.#beginAtEntry();
      return;
    }
    if (this.#hasLease) this.#begin(await this.#loadCursor());
    else this.#running = this.#beginWithLease("later");
    this.#drainSlots();
  }

  /** Where nobody asks for a lease, none is waited for. */
  get #hasLease(): boolean {
    return this.#o.claimLease === undefined || this.#lease !== undefined;
  }

  #drainSlots(): void {
    const { claimLease, consumer, slots, clock } = this.#o;
    if (claimLease === undefined || slots === undefined) return;
    this.#drain = new SlotDrain({
      slots,
      claimLease,
      consumer,
      clock,
      everyMs: SLOTS_MS,
      createLoop: (location, isToYield) => this.#loops.createDrain(location, isToYield),
      onTrouble: (error) => this.#tell(errorCode(error), "slots could not be drained", error),
    });
    this.#drain.start();
  }

  /** Where a new consumer begins is told only now, and until now the sink may be another's. */
  async #beginAtEntry(): Promise<void> {
    const position = await this.#entry.known;
    if (position === undefined) return;
    this.#now = position;
    if (!this.#isClosing) await this.#beginWithLease(this.#hasLease ? "now" : "later");
    else if (this.#hasLease) await this.#noteEntry();
    if (!this.#isClosing) this.#drainSlots();
  }

  /** It will not begin any more. */
  async #noteEntry(): Promise<void> {
    try {
      await this.#loadCursor();
    } catch (error) {
      this.#tell(errorCode(error), "the place to begin at could not be kept", error);
    }
  }

  /** Waits for the lease: whoever drains what an earlier run has left here gives it up when it sees that the slot is taken. */
  async #beginWithLease(when: "now" | "later"): Promise<void> {
    const { claimLease, journal, consumer } = this.#o;
    if (when === "later") {
      const leased = streamError("PLB_STREAM_LEASED");
      this.#trouble = leased.code;
      this.#tell(leased.code, leased.message);
    }
    for (let isLate = when === "later"; this.#loop === undefined && !this.#isClosing; isLate = true) {
      if (isLate) await this.#parking.for(LEASE_MS);
      try {
        this.#lease ??= await claimLease?.(journal.location, consumer);
        if (!this.#hasLease) {
          await this.#notePassed();
          continue;
        }
        const start = await this.#loadCursor();
        await this.#entry.handOn(this.#feeder, this.#letters, this.#s.batch.maxCount);
        if (!this.#isClosing) this.#begin(start);
      } catch (error) {
        this.#tell(errorCode(error), "the delivery could not begin; it is tried again", error);
        await this.#lease?.release();
        this.#lease = undefined;
      }
    }
  }

  /** Whoever has the lease goes on with the cursor: what it has settled no longer waits here. */
  async #notePassed(): Promise<void> {
    const stored = await this.#store.load();
    if (stored === undefined) return;
    this.#account.passedBy(stored.done);
    this.#passed.note(stored.done);
  }

  /** Where the consumer goes on; a new one is noted at once, so that a crash before its first event finds it known. */
  async #loadCursor(): Promise<StoredCursor> {
    const stored = await this.#store.load();
    if (stored !== undefined) return stored;
    const start = this.#s.begin === "now" ? this.#now : await earliestPosition(this.#o.journal);
    const cursor = { done: start, sent: start };
    await this.#store.commit(cursor);
    return cursor;
  }

  #begin(start: StoredCursor): void {
    this.#trouble = undefined;
    this.#account.passedBy(start.done);
    const own = { store: this.#store, hold: this.#hold, letters: this.#letters };
    this.#loop = this.#loops.createLoop(this.#source, start, own, this.#durability);
    this.#running = this.#loop.run();
    this.#begun.resolve();
  }
}
