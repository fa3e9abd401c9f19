import type { Durability, EventLine } from "@plumbline/core";
import { Fifo } from "./fifo.ts";

/** Who waits for one line: one object from the call that brings the line until it is settled, because there is one for every line. */
interface LineWaiter {
  readonly line: EventLine;
  readonly durability: Durability;
  readonly resolve: (id: string) => void;
  readonly reject: (error: Error) => void;
  /** The line's number; 0 while it has none. */
  seq: number;
}

/** Those who wait for single lines, in their order: while these are queued by the line, in chunks by the number. */
export class LineWaiters {
  readonly #queued = new Fifo<LineWaiter>();
  readonly #taken = new Fifo<LineWaiter>();
  readonly #toId: (seq: number) => string;
  readonly #whenSynced: (seq: number) => Promise<void>;

  constructor(toId: (seq: number) => string, whenSynced: (seq: number) => Promise<void>) {
    this.#toId = toId;
    this.#whenSynced = whenSynced;
  }

  /** Somebody waits for a line that is about to be queued. */
  add(line: EventLine, durability: Durability, resolve: (id: string) => void, reject: (error: Error) => void): void {
    this.#queued.push({ line, durability, resolve, reject, seq: 0 });
  }

  /** The oldest queued line was dropped: only the first can be waiting for it. */
  droppedOldest(line: EventLine, error: Error): void {
    const first = this.#queued.first;
    if (first?.line !== line) return;
    this.#queued.shift();
    first.reject(error);
  }

  /** Queued lines were dropped, wherever they stood. */
  dropped(lines: readonly EventLine[], error: Error): void {
    if (lines.length === 0 || this.#queued.first === undefined) return;
    const gone = new Set(lines);
    for (const each of this.#queued.takeAll(({ line }) => gone.has(line))) each.reject(error);
  }

  /** A line has got its number. Lines are queued in one order and numbered in it, so only the first can be waited for. */
  numbered(line: EventLine, seq: number): void {
    const first = this.#queued.first;
    if (first?.line !== line) return;
    this.#queued.shift();
    first.seq = seq;
    if (first.durability === "buffered") first.resolve(this.#toId(seq));
    else this.#taken.push(first);
  }

  /** All up to this number is in the file. */
  written(seq: number): void {
    const unsynced: LineWaiter[] = [];
    for (let entry = this.#taken.first; entry !== undefined && entry.seq <= seq; entry = this.#taken.first) {
      this.#taken.shift();
      if (entry.durability === "fsynced") unsynced.push(entry);
      else entry.resolve(this.#toId(entry.seq));
    }
    const last = unsynced.at(-1);
    if (last === undefined) return;
    // All of them are in the file, so one sync serves all; each with a wait of its own would cost more than the rest of its line.
    this.#whenSynced(last.seq).then(
      () => {
        for (const entry of unsynced) entry.resolve(this.#toId(entry.seq));
      },
      (error: Error) => {
        for (const entry of unsynced) entry.reject(error);
      },
    );
  }

  /** What was in chunks is given up. */
  lost(error: Error): void {
    for (let entry = this.#taken.first; entry !== undefined; entry = this.#taken.first) {
      this.#taken.shift();
      entry.reject(error);
    }
  }
}
