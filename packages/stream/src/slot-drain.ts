import type { Clock, ClockTimer, JournalLocation } from "@plumbline/core";
import type { ConsumerLoop } from "./consumer-loop.ts";

/** The right to be the one consumer of a name on one journal, for as long as this process lives or until it is released. */
export interface ConsumerLease {
  /** Whether it is proved that nobody else has it. Where the file system has no means for that, nothing of another slot is taken. */
  readonly isProven: boolean;
  release(): Promise<void>;
}

/** Claims the lease; resolves with `undefined` when somebody else has it. */
export type ClaimLease = (location: JournalLocation, consumer: string) => Promise<ConsumerLease | undefined>;

/** Slots of the journal that nobody writes, as far as can be proved. */
export interface FreeSlots {
  /** Those that are free, without the journal's own; `state` is a text that changes when there is more in one. */
  list(): Promise<readonly { readonly location: JournalLocation; readonly state: string }[]>;
  isFree(location: JournalLocation): Promise<boolean>;
}

/** What draining slots needs. */
export interface SlotDrainOptions {
  readonly slots: FreeSlots;
  readonly claimLease: ClaimLease;
  readonly consumer: string;
  readonly clock: Clock;
  /** Milliseconds between two looks for free slots. */
  readonly everyMs: number;
  /** Makes the loop over one slot's journal as it is now, or `undefined` where this consumer has nothing there. It ends when it has that, or is to yield. */
  readonly createLoop: (location: JournalLocation, isToYield: () => Promise<boolean>) => Promise<DrainLoop | undefined>;
  readonly onTrouble: (error: unknown) => void;
}

/** A loop, and what is to be closed after it. */
export interface DrainLoop {
  readonly loop: Pick<ConsumerLoop, "run" | "stop">;
  close(): Promise<void>;
}

/** Whether somebody has taken the slot is asked no more often than this. */
const ASK_MS = 1000;

/**
 * Brings the backlog of free slots to the consumer, one slot after the other, each under its lease: whoever takes the slot meanwhile waits for the lease, and
 * goes on from the cursor that is left.
 */
export class SlotDrain {
  readonly #o: SlotDrainOptions;
  /** The state in which a slot was left with nothing more to do. */
  readonly #finished = new Map<string, string>();
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #loop: DrainLoop["loop"] | undefined;
  #isStopped = false;

  constructor(options: SlotDrainOptions) {
    this.#o = options;
  }

  /** Looks now, and from then on every so often. */
  start(): void {
    this.#running = this.#running.then(() => this.#pass());
  }

  /** Ends after the batch that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#loop?.stop();
    await this.#running;
  }

  async #pass(): Promise<void> {
    try {
      for (const { location, state } of await this.#o.slots.list()) {
        if (this.#isStopped) return;
        if (this.#finished.get(location.path) === state) continue;
        if (await this.#drain(location)) this.#finished.set(location.path, state);
      }
    } catch (error) {
      this.#o.onTrouble(error);
    }
    if (!this.#isStopped) this.#timer = this.#o.clock.setTimer(() => this.start(), this.#o.everyMs);
  }

  /** Resolves with whether all that there was is done. */
  async #drain(location: JournalLocation): Promise<boolean> {
    const { claimLease, consumer, createLoop, slots, clock } = this.#o;
    const lease = await claimLease(location, consumer);
    if (lease === undefined) return false;
    if (!lease.isProven) {
      await lease.release();
      return true;
    }
    let askedMs = Number.NEGATIVE_INFINITY;
    let isTaken = false;
    const isToYield = async (): Promise<boolean> => {
      if (clock.monotonicMs() - askedMs >= ASK_MS) {
        askedMs = clock.monotonicMs();
        isTaken = !(await slots.isFree(location));
      }
      return isTaken || this.#isStopped;
    };
    try {
      const drain = await createLoop(location, isToYield);
      if (drain === undefined) return true;
      this.#loop = drain.loop;
      try {
        // Only of a slot that is free still is it known that what the loop has before it is not of a next owner.
        if (!(await isToYield())) await drain.loop.run();
      } finally {
        this.#loop = undefined;
        await drain.close();
      }
      return !isTaken && !this.#isStopped;
    } finally {
      await lease.release();
    }
  }
}
