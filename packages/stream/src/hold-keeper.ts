import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseId, type Clock, type ClockTimer, type JournalLocation } from "@plumbline/core";
import { formatHold, formatHoldName } from "@plumbline/jsonl";

/** What a hold needs to be kept. */
export interface HoldKeeperOptions {
  readonly location: JournalLocation;
  readonly consumer: string;
  readonly clock: Clock;
  /** How long the hold binds retention after it was written last, in milliseconds. */
  readonly holdMs: number;
  readonly onTrouble: (error: unknown) => void;
}

/** A cursor that has moved on is told to retention no more often than this. */
const MOVED_MS = 2000;
const RENEWALS_PER_HOLD = 4;
const MODE = 0o600;

/**
 * Tells retention, by a file beside the journal, what a consumer has not handled yet. It is renewed while the consumer is there, and outlives it by
 * `holdMs`, so that a service which is down finds its backlog again.
 */
export class HoldKeeper {
  readonly #o: HoldKeeperOptions;
  readonly #path: string;
  #done: string | undefined;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  constructor(options: HoldKeeperOptions) {
    this.#o = options;
    this.#path = join(options.location.directory, formatHoldName(options.location.stem, options.consumer));
  }

  /** The consumer has come to this position. */
  keep(done: string): void {
    this.#done = done;
    if (this.#o.clock.monotonicMs() - this.#writtenMs >= MOVED_MS) this.#write();
    else this.#arm(MOVED_MS);
  }

  /** Writes what was kept last, and renews it no more. */
  async close(): Promise<void> {
    if (this.#done !== undefined) this.#write();
    this.#timer?.cancel();
    await this.#last;
  }

  /** The earlier of two wins: what has moved is not told with the next renewal alone. */
  #arm(ms: number): void {
    const { clock } = this.#o;
    const dueMs = clock.monotonicMs() + ms;
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      this.#write();
    }, ms);
  }

  #write(): void {
    const { clock, consumer, holdMs, onTrouble } = this.#o;
    this.#writtenMs = clock.monotonicMs();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#arm(holdMs / RENEWALS_PER_HOLD);
    const id = this.#done;
    const cursor = id === undefined || parseId(id) === undefined ? undefined : { id };
    const text = formatHold({ consumer, cursor, expiresMicros: clock.nowMicros() + holdMs * 1000 });
    this.#last = this.#last.then(async () => {
      try {
        const temporary = `${this.#path}.${process.pid}.tmp`;
        await writeFile(temporary, text, { mode: MODE });
        await rename(temporary, this.#path);
      } catch (error) {
        onTrouble(error); // retention goes by what was written before
      }
    });
  }
}
