import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import type { BatchSchedule } from "./batch-schedule.ts";
import type { BoundedQueue } from "./bounded-queue.ts";
import type { LineListeners, SettledListener } from "./line-listeners.ts";
import type { OutputSettings } from "./output-options.ts";

/** What an entrance leads to. */
export interface EntranceHost {
  readonly ledger: OutputLedger;
  readonly queue: BoundedQueue;
  readonly schedule: BatchSchedule;
  readonly listeners: LineListeners;
  /** Something was queued. */
  readonly onQueued: () => void;
  /** The queue is full: it goes at once, for there is nothing to wait for that could join it. */
  readonly onFull: () => void;
}

/** The way into an output's queue: what is filtered, what waits for room, and what is dropped where there is none. */
export class Entrance {
  readonly #host: EntranceHost;
  #settings: OutputSettings;
  #isShut = false;

  constructor(settings: OutputSettings, host: EntranceHost) {
    this.#settings = settings;
    this.#host = host;
  }

  configure(settings: OutputSettings): void {
    this.#settings = settings;
  }

  /** Takes nothing more; what comes is counted as `closed`. */
  shut(): void {
    this.#isShut = true;
  }

  offer(line: JournalLine): "queued" | "filtered" | "closed" | "overflow" {
    const { ledger, queue, schedule } = this.#host;
    if (!this.#settings.takes(line)) {
      ledger.filter();
      return "filtered";
    }
    if (this.#isShut) {
      ledger.refuse("closed");
      return "closed";
    }
    if (!this.#makeRoom(line)) {
      ledger.refuse("overflow");
      this.#host.onFull();
      return "overflow";
    }
    ledger.enqueue();
    schedule.enter();
    queue.push(line);
    this.#host.onQueued();
    return "queued";
  }

  offerAndWait(line: JournalLine, listener: SettledListener | undefined): Promise<void> | undefined {
    const { ledger, queue, schedule, listeners } = this.#host;
    if (this.#mustWait(line)) {
      listeners.add(line, listener);
      ledger.enqueue();
      schedule.enter();
      const admitted = queue.wait(line);
      this.#host.onFull();
      return admitted;
    }
    const verdict = this.offer(line);
    if (verdict === "queued") listeners.add(line, listener);
    else listener?.(verdict === "filtered" ? undefined : verdict);
    return undefined;
  }

  #makeRoom(line: JournalLine): boolean {
    const { ledger, queue, listeners } = this.#host;
    if (queue.hasRoom(line)) return true;
    if (this.#settings.queue.policy !== "drop-oldest") return false;
    const evicted = queue.evictFor(line);
    ledger.dropQueued(evicted.length, "overflow");
    listeners.tell(evicted, "overflow");
    return queue.hasRoom(line);
  }

  #mustWait(line: JournalLine): boolean {
    const { queue } = this.#host;
    const mayBlock = this.#settings.queue.policy === "block" && !this.#isShut && this.#settings.takes(line);
    return mayBlock && !queue.hasRoom(line) && queue.couldHold(line) && queue.mayWait(line);
  }
}
