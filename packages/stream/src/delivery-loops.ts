import { errorCode, formatId, type Durability, type JournalLocation } from "@plumbline/core";
import { ConsumerLoop, type ConsumerLoopOptions } from "./consumer-loop.ts";
import { createFileCursorStore, type StoredCursor } from "./cursor-store.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import { findEnd } from "./find-start.ts";
import { HoldKeeper } from "./hold-keeper.ts";
import { createJournalFiles } from "./journal-files.ts";
import type { JournaledDeliveryOptions } from "./journaled-delivery.ts";
import type { DrainLoop } from "./slot-drain.ts";

/** What the loops of one delivery have in common. */
type SharedParts = Pick<ConsumerLoopOptions, "account" | "feeder" | "onTrouble">;
/** What a loop has of its own: that of this run's journal, or that of a slot. */
type LoopParts = Pick<ConsumerLoopOptions, "store" | "hold" | "letters" | "isToYield" | "onCaughtUp">;

/** Makes the loops of a delivery, and what each keeps beside the journal that it reads. */
export class DeliveryLoops {
  readonly #o: JournaledDeliveryOptions;
  readonly #s: DeliverySettings;
  readonly #shared: SharedParts;

  constructor(options: JournaledDeliveryOptions, settings: DeliverySettings, shared: SharedParts) {
    this.#o = options;
    this.#s = settings;
    this.#shared = shared;
  }

  /** The loop over a journal; `durability` where it is this run's own. */
  createLoop(
    source: ConsumerLoopOptions["source"],
    start: StoredCursor,
    own: LoopParts,
    durability?: Durability,
  ): ConsumerLoop {
    const { clock, diagnostics } = this.#o;
    const { filter, batch, concurrency } = this.#s;
    own.hold.keep(start.done);
    return new ConsumerLoop({
      ...own,
      ...this.#shared,
      source,
      isOwn: durability !== undefined,
      start,
      concurrency,
      clock,
      subscription: {
        filter,
        maxBatchCount: batch.maxCount,
        maxBatchBytes: batch.maxBytes,
        lingerMs: batch.maxDelayMs,
        diagnostics,
        keepAlive: false,
        ...(durability === undefined ? {} : { durability }),
      },
    });
  }

  /** The loop over a free slot's journal, up to where that ends now; `undefined` where it is empty, and for a consumer that never was there. */
  async createDrain(location: JournalLocation, isToYield: () => Promise<boolean>): Promise<DrainLoop | undefined> {
    const { consumer } = this.#o;
    const store = createFileCursorStore({ location, consumer });
    const start = await store.load();
    if (start === undefined) return undefined;
    const end = await findEnd(location, createJournalFiles(location));
    if (end === undefined) return undefined;
    const hold = this.createHold(location);
    const letters = this.createLetters(location);
    let isCaughtUp = false;
    const loop = this.createLoop(location, start, {
      store,
      hold,
      letters,
      isToYield: async () => isCaughtUp || isToYield(),
      onCaughtUp: () => (isCaughtUp = true),
    });
    // What a next owner of the slot writes may be others' to deliver: this consumer may be fed directly there, or not at all.
    loop.endAt(formatId(end.epoch, end.seq));
    const close = async (): Promise<void> => {
      await Promise.allSettled([hold.close(), letters.close(), store.close()]);
    };
    return { loop, close };
  }

  createHold(location: JournalLocation): HoldKeeper {
    const { consumer, clock } = this.#o;
    const onTrouble = (error: unknown): void =>
      this.#shared.onTrouble(errorCode(error), "a hold could not be written", error);
    return new HoldKeeper({ location, consumer, clock, holdMs: this.#s.holdMs, onTrouble });
  }

  createLetters(location: JournalLocation): DeadLetters {
    const { consumer, clock } = this.#o;
    return new DeadLetters({ location, consumer, clock, maxBytes: this.#s.maxDeadLetterBytes });
  }
}
