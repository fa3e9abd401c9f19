import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, ClockTimer, EventId, JournalLocation } from "@plumbline/core";
import { formatHold, formatHoldName, toCursor } from "@plumbline/jsonl";
import { removeIfThere } from "../directory/durable-files.ts";

const HELD_FOR_MS = 600_000;
const RENEW_MS = 120_000;

/** Tells a journal's retention what has not been delivered yet. */
export class SegmentHold {
  readonly #path: string;
  readonly #consumer: string;
  readonly #clock: Clock;
  #text: string | undefined;
  #renewal: ClockTimer | undefined;
  #write: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(location: JournalLocation, consumer: string, clock: Clock) {
    this.#path = join(location.directory, formatHoldName(location.stem, consumer));
    this.#consumer = consumer;
    this.#clock = clock;
  }

  /** Everything from the segment that begins with `firstOpen` on is held; everything, while nothing is delivered. Writes only what has changed, and renews it. */
  async keep(lastSettled: EventId | undefined, firstOpen: EventId | undefined): Promise<void> {
    const cursor = cursorBefore(lastSettled, firstOpen);
    const text = JSON.stringify(cursor ?? null);
    if (text === this.#text || this.#isClosed) return;
    this.#text = text;
    try {
      await this.#renew(cursor);
    } catch (error) {
      this.#text = undefined; // to be written at the next call
      throw error;
    }
  }

  /** What is held stays held until it expires: another run goes on here. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#renewal?.cancel();
    await this.#write;
  }

  async #renew(cursor: EventId | undefined): Promise<void> {
    this.#renewal?.cancel();
    this.#renewal = this.#clock.setTimer(() => {
      this.#renew(cursor).catch(() => {
        this.#text = undefined; // the next call of keep() writes it, and tells if that fails too
      });
    }, RENEW_MS);
    const written = this.#write.then(() => this.#replace(cursor));
    this.#write = written.catch(() => undefined);
    await written;
  }

  async #replace(cursor: EventId | undefined): Promise<void> {
    const hold = formatHold({
      consumer: this.#consumer,
      cursor: cursor === undefined ? undefined : toCursor({ id: `${cursor.epoch}:${cursor.seq}` }),
      expiresMicros: this.#clock.nowMicros() + HELD_FOR_MS * 1000,
    });
    const temp = `${this.#path}.tmp`;
    await removeIfThere(temp);
    const handle = await open(temp, "wx", 0o600);
    try {
      await handle.writeFile(hold);
    } finally {
      await handle.close();
    }
    await rename(temp, this.#path);
  }
}

/** The id before the first that is held, where its number tells it; else the first id of the last segment that is not, which then is held too. */
function cursorBefore(lastSettled: EventId | undefined, firstOpen: EventId | undefined): EventId | undefined {
  if (lastSettled === undefined || firstOpen === undefined) return lastSettled;
  return firstOpen.seq > 1 && firstOpen.epoch === lastSettled.epoch
    ? { ...firstOpen, seq: firstOpen.seq - 1 }
    : lastSettled;
}
