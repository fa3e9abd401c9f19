import type { Durability, EventLine } from "@plumbline/core";
import { Fifo } from "./fifo.ts";

/** Who waits for one line. */
export interface LineWaiter {
  readonly durability: Durability;
  readonly resolve: (id: string) => void;
  readonly reject: (error: Error) => void;
}

interface QueuedWaiter {
  readonly line: EventLine;
  readonly waiter: LineWaiter;
}

interface TakenWaiter {
  readonly seq: number;
  readonly waiter: LineWaiter;
}

/** Those who wait for single lines, in their order: while these are queued by the line, in chunks by the number. */
export class LineWaiters {
  readonly #queued = new Fifo<QueuedWaiter>();
  readonly #taken = new Fifo<TakenWaiter>();
  readonly #toId: (seq: number) => string;
  readonly #whenSynced: (seq: number) => Promise<void>;

  constructor(toId: (seq: number) => string, whenSynced: (seq: number) => Promise<void>) {
    this.#toId = toId;
    this.#whenSynced = whenSynced;
  }

  add(line: EventLine, waiter: LineWaiter): void {
    this.#queued.push({ line, waiter });
  }

  /** A queued line was dropped. */
  dropped(line: EventLine, error: Error): void {
    this.#queued.take((each) => each.line === line)?.waiter.reject(error);
  }

  /** A line has got its number. Lines are queued in one order and numbered in it, so only the first can be waited for. */
  numbered(line: EventLine, seq: number): void {
    const first = this.#queued.first;
    if (first?.line !== line) return;
    this.#queued.shift();
    const { waiter } = first;
    if (waiter.durability === "buffered") waiter.resolve(this.#toId(seq));
    else this.#taken.push({ seq, waiter });
  }

  /** All up to this number is in the file. */
  written(seq: number): void {
    for (let entry = this.#taken.first; entry !== undefined && entry.seq <= seq; entry = this.#taken.first) {
      this.#taken.shift();
      const { resolve, reject, durability } = entry.waiter;
      const id = this.#toId(entry.seq);
      if (durability === "fsynced") this.#whenSynced(entry.seq).then(() => resolve(id), reject);
      else resolve(id);
    }
  }

  /** What was in chunks is given up. */
  lost(error: Error): void {
    for (let entry = this.#taken.first; entry !== undefined; entry = this.#taken.first) {
      this.#taken.shift();
      entry.waiter.reject(error);
    }
  }
}
