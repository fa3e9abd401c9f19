import type { EventRing } from "@plumbline/core";
import type { Parking } from "./parking.ts";
import type { StreamPosition } from "./position.ts";
import type { StreamLine } from "./stream-item.ts";
import type { SubscriptionSettings } from "./subscription-settings.ts";

/** Reads a ring batch by batch. Less than a batch waits for more, for as long as `lingerMs` says. */
export class RingReader {
  readonly #s: SubscriptionSettings;
  readonly #parking: Parking;
  /** Up to this number somebody waits: no batch of what stands there waits for more. */
  #hurriedTo = 0;
  /** Whether there was more than one batch when it was read last. */
  #isBehind = false;

  constructor(settings: SubscriptionSettings, parking: Parking) {
    this.#s = settings;
    this.#parking = parking;
  }

  /** What there is now, and what will be there up to a position, is given without a wait. */
  hurry(ring: EventRing | undefined, position: StreamPosition | undefined): void {
    const seq = position !== undefined && position.epoch === ring?.epoch ? position.seq : 0;
    this.#hurriedTo = Math.max(this.#hurriedTo, ring?.reached(this.#s.durability) ?? 0, seq);
    this.#parking.wake();
  }

  /**
   * Lets the event loop turn between two batches where one follows the other at once: from memory everything behind the present would be read in one turn, and nobody
   * else would be served, nor a line written, meanwhile.
   */
  async turn(): Promise<void> {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The next lines behind a number: none when there are none, they are no longer there, or the waiting was ended for good. */
  async read(ring: EventRing, seq: number): Promise<readonly StreamLine[]> {
    const { lingerMs, maxBatchCount, maxBatchBytes, durability, clock } = this.#s;
    const endMs = clock.monotonicMs() + lingerMs;
    for (;;) {
      // Lines of the ring have their numbers.
      const lines = ring.read(seq, durability, maxBatchCount, maxBatchBytes) as readonly StreamLine[];
      // Full by bytes, or no longer there, where there are more than were read.
      const isFull = lines.length >= maxBatchCount || lines.length < ring.reached(durability) - seq;
      this.#isBehind = isFull;
      const leftMs = endMs - clock.monotonicMs();
      const isDue = lines.length === 0 || isFull || leftMs <= 0 || seq < this.#hurriedTo;
      if (isDue || ring.isEnded) return lines;
      await this.#parking.untilOrFor(ring.changed(), leftMs);
      if (this.#parking.isOver) return [];
    }
  }
}
