import type { Durability, EventLine } from "@plumbline/core";

/** Who waits for one line. */
export interface LineWaiter {
  readonly durability: Durability;
  readonly resolve: (id: string) => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for single lines: while these are queued by the line, in chunks by the number. */
export class LineWaiters {
  readonly #queued = new Map<EventLine, LineWaiter>();
  /** In the order of the numbers. */
  #taken: { readonly seq: number; readonly waiter: LineWaiter }[] = [];
  readonly #toId: (seq: number) => string;
  readonly #whenSynced: (seq: number) => Promise<void>;

  constructor(toId: (seq: number) => string, whenSynced: (seq: number) => Promise<void>) {
    this.#toId = toId;
    this.#whenSynced = whenSynced;
  }

  add(line: EventLine, waiter: LineWaiter): void {
    this.#queued.set(line, waiter);
  }

  /** A queued line was dropped. */
  dropped(line: EventLine, error: Error): void {
    const waiter = this.#queued.get(line);
    if (waiter === undefined) return;
    this.#queued.delete(line);
    waiter.reject(error);
  }

  /** A line has got its number. */
  numbered(line: EventLine, seq: number): void {
    // Most lines have nobody who waits.
    if (this.#queued.size === 0) return;
    const waiter = this.#queued.get(line);
    if (waiter === undefined) return;
    this.#queued.delete(line);
    if (waiter.durability === "buffered") waiter.resolve(this.#toId(seq));
    else this.#taken.push({ seq, waiter });
  }

  /** All up to this number is in the file. */
  written(seq: number): void {
    if (this.#taken.length === 0) return;
    const later = this.#taken.findIndex((entry) => entry.seq > seq);
    for (const entry of this.#taken.splice(0, later < 0 ? this.#taken.length : later)) {
      const { resolve, reject, durability } = entry.waiter;
      const id = this.#toId(entry.seq);
      if (durability === "fsynced") this.#whenSynced(entry.seq).then(() => resolve(id), reject);
      else resolve(id);
    }
  }

  /** What was in chunks is given up. */
  lost(error: Error): void {
    for (const { waiter } of this.#taken.splice(0)) waiter.reject(error);
  }
}
