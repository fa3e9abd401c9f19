import {
  errorCode,
  formatId,
  type Durability,
  type EventLine,
  type EventRing,
  type JournalLine,
  type OutputLedger,
} from "@plumbline/core";
import { CHUNK_BYTES, type Chunk } from "./chunk.ts";
import { fileError } from "./error-codes.ts";
import { LineHead } from "./line-head.ts";
import { LineQueue, type QuickWeight } from "./line-queue.ts";
import { LineWaiters } from "./line-waiters.ts";
import type { LineSource } from "./line-source.ts";
import type { LossRecord } from "./loss-record.ts";
import type { FileHandle } from "./open-file.ts";
import type { ResolvedFileOptions } from "./options.ts";
import { makeRoom } from "./make-room.ts";
import { plainText } from "./plain-text.ts";
import { WriteTiming } from "./write-timing.ts";

/** What an intake needs of the open file. */
export interface IntakeTarget {
  readonly ring: EventRing;
  /** Says that there is something to write; begins in this tick if the gate is free. */
  kick(source: LineSource): void;
  /** Resolves when the number, which is in the file, is on the device. */
  whenSynced(seq: number): Promise<void>;
}

type IntakeOptions = Pick<
  ResolvedFileOptions,
  "maxQueueBytes" | "queuePolicy" | "keep" | "lines" | "encoder" | "clock" | "flushIntervalMs" | "writer"
>;

const LOOK_AGAIN_BYTES = CHUNK_BYTES / 4;

/** A queue so long says that nobody lets the event loop turn: then lines go to the file inside the call that brings them. */
const MAX_UNTURNED_BYTES = 16 * CHUNK_BYTES;
const UNTURNED_PART = 1 / 4;

/** So much of the bound may be lines that are weighed by their length alone. */
const QUICK_PART = 1 / 4;

/**
 * One handle's way into a file: its queue, what happens at the bound, who waits for what, and the account of it all.
 * Every line is in exactly one place: queued, in a chunk (the ledger's `inFlight`), or settled.
 */
export class LineIntake implements FileHandle {
  readonly #o: IntakeOptions;
  readonly #ledger: OutputLedger;
  readonly #loss: LossRecord;
  readonly #timing: WriteTiming;
  readonly #isNumbered: boolean;
  readonly #queue: LineQueue<EventLine>;
  readonly #waiters = new LineWaiters(
    (seq) => formatId(this.#target?.ring.epoch ?? "", seq),
    (seq) => this.#target?.whenSynced(seq) ?? Promise.resolve(),
  );
  #head = new LineHead("");
  #target: IntakeTarget | undefined;
  #lastSeq = 0;
  #isScheduled = false;
  readonly #unturnedBytes: number;
  #wakeAt: number;
  #isHurried = false;
  #closed: Error | undefined;
  readonly #troubleWaits = new Set<(error: Error) => void>();

  constructor(options: IntakeOptions, ledger: OutputLedger, loss: LossRecord) {
    this.#o = options;
    this.#ledger = ledger;
    this.#isNumbered = options.lines === "journal";
    this.#queue = new LineQueue(options.keep, this.#isNumbered ? quickWeight(options.maxQueueBytes) : undefined);
    this.#unturnedBytes = Math.max(CHUNK_BYTES, Math.min(MAX_UNTURNED_BYTES, options.maxQueueBytes * UNTURNED_PART));
    this.#wakeAt = this.#unturnedBytes;
    this.#loss = loss;
    const isUrgent = (): boolean => this.#target?.ring.isUrgent === true;
    this.#timing = new WriteTiming(options.clock, options.flushIntervalMs, isUrgent, () => this.kick());
  }

  /** Lines queued. */
  get count(): number {
    return this.#queue.count;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** The number of the last line that was put into a chunk. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The file is open: what is queued may go. */
  attach(target: IntakeTarget): void {
    this.#target = target;
    this.#head = new LineHead(target.ring.epoch);
    this.#loss.blame(undefined);
    target.ring.whenUrgent(() => this.#timing.hurry());
    this.kick();
  }

  /** Queues a line, or drops and counts one. */
  append(line: JournalLine): void {
    if (this.#closed !== undefined) this.#ledger.refuse("closed");
    else if (this.#hasRoom(line, this.#o.maxQueueBytes)) this.#push(line);
    else this.#refuse(line);
  }

  /** Queues a line for which somebody waits: under the policy `block` its caller is slowed, and those who wait may have as much again as the bound. */
  appendAsync(line: JournalLine, durability: Durability): Promise<string> {
    if (this.#closed !== undefined) {
      this.#ledger.refuse("closed");
      return Promise.reject(this.#closed);
    }
    const { maxQueueBytes, queuePolicy } = this.#o;
    if (!this.#hasRoom(line, queuePolicy === "block" ? 2 * maxQueueBytes : maxQueueBytes)) {
      this.#refuse(line);
      return Promise.reject(fileError("PLB_FILE_QUEUE_FULL"));
    }
    return new Promise((resolve, reject) => {
      this.#waiters.add(line, durability, resolve, reject);
      this.#timing.request(true); // before it is queued: that asks for a timer where nothing is under way
      this.#push(line);
    });
  }

  /** Queues a line whatever the bound: somebody else holds it in memory until it is settled. Gives whether it was taken. */
  force(line: EventLine): boolean {
    if (this.#closed === undefined) this.#push(line);
    else this.#ledger.refuse("closed");
    return this.#closed === undefined;
  }

  /**
   * Resolves when everything that is queued now is in a chunk, or was dropped. Rejects when an attempt to write fails
   * meanwhile. Waits no longer once `stop` aborts.
   */
  whenTaken(stop: AbortSignal): Promise<void> {
    if (this.#queue.count === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const mark = this.#queue.mark(() => {
        this.#troubleWaits.delete(fail);
        resolve();
      });
      const fail = (error: Error): void => {
        this.#queue.unmark(mark);
        this.#troubleWaits.delete(fail);
        reject(error);
      };
      this.#troubleWaits.add(fail);
      stop.addEventListener("abort", () => fail(fileError("PLB_FILE_ABORTED")), { once: true });
    });
  }

  /**
   * Calls back, within the call that numbers the last of them, when every line that is queued now has its number or was dropped; at once
   * where none is queued.
   */
  mark(passed: (lastSeq: number) => void): void {
    if (this.#queue.count === 0) passed(this.#lastSeq);
    else this.#queue.mark(() => passed(this.#lastSeq));
  }

  troubled(error: Error): void {
    this.#loss.blame(errorCode(error));
    for (const fail of this.#troubleWaits) fail(error);
  }

  /** Hands what is queued to the file. */
  kick(): void {
    this.#timing.cancel();
    this.#isScheduled = false;
    if (this.#target === undefined) return;
    if (this.#queue.count > 0) this.#target.kick(this);
    // Where nobody yields, this is how often it is looked whether the file is ready for more.
    if (!this.#isHurried) {
      this.#wakeAt = Math.max(this.#unturnedBytes, this.#queue.size + LOOK_AGAIN_BYTES);
    }
  }

  /** From now on every line goes to the file in the tick in which it comes: the process exits, and there is no other. */
  hurry(): void {
    this.#isHurried = true;
    this.#wakeAt = 0;
  }

  /** Takes nothing more; what comes is counted as `closed`. */
  close(error: Error): void {
    this.#noteLoss();
    this.#closed ??= error;
  }

  /** Drops what is still queued. */
  dropQueue(reason: string, error: Error): void {
    this.#timing.cancel();
    for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift())
      this.#dropOldest(line, reason, error);
  }

  put(chunk: Chunk, seq: number, limit: number): "put" | "none" | "no-room" {
    const line = this.#queue.peek();
    if (line === undefined) return "none";
    if (this.#isNumbered) {
      // In this mode only journal lines come in.
      const numbered = line as JournalLine;
      if (!chunk.addNumbered(this.#head, seq, numbered.rest, limit)) return "no-room";
      this.#target?.ring.commit(numbered, chunk);
    } else if (!chunk.addPlain(plainText(line, this.#o.encoder), limit)) return "no-room";
    this.#lastSeq = seq;
    this.#queue.shift();
    this.#ledger.take(1);
    this.#waiters.numbered(line, seq);
    return "put";
  }

  written(count: number, seq: number): void {
    this.#ledger.deliver(count);
    this.#loss.blame(undefined);
    this.#waiters.written(seq);
    if (this.#queue.size * 2 <= this.#o.maxQueueBytes) this.#noteLoss();
    if (this.#queue.size < this.#unturnedBytes && !this.#isHurried) this.#wakeAt = this.#unturnedBytes;
  }

  lost(count: number, error: Error): void {
    this.#ledger.dropInFlight(count, "deadline");
    this.#waiters.lost(error);
  }

  #push(line: EventLine): void {
    this.#queue.push(line);
    this.#ledger.enqueue();
    // A whole chunk goes as soon as the event loop turns, whatever the interval, so that no single call pays for all its
    // lines; where nobody yields, it goes all the same.
    if (this.#queue.size >= this.#wakeAt) this.kick();
    else if (this.#queue.size >= CHUNK_BYTES) this.#timing.request(true);
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#timing.request(false);
    }
  }

  #refuse(line: EventLine): void {
    this.#ledger.refuse("overflow");
    this.#loss.count(line);
  }

  #hasRoom(line: EventLine, bound: number): boolean {
    return this.#queue.fits(line, bound) || this.#makeRoom(line, bound);
  }

  /** At the bound: drops others for this line, where it fits then. Says whether it does. */
  #makeRoom(line: EventLine, bound: number): boolean {
    const evicted = makeRoom(this.#queue, line, bound, this.#o);
    if (evicted === undefined) return false;
    this.#evictLow(evicted.low);
    for (const oldest of evicted.oldest) {
      this.#dropOldest(oldest, "overflow", fileError("PLB_FILE_QUEUE_FULL"));
      this.#loss.count(oldest);
    }
    return true;
  }

  #evictLow(lines: readonly EventLine[]): void {
    this.#ledger.dropQueued(lines.length, "overflow");
    this.#waiters.dropped(lines, fileError("PLB_FILE_QUEUE_FULL"));
    for (const line of lines) this.#loss.count(line);
  }

  #dropOldest(line: EventLine, reason: string, error: Error): void {
    this.#ledger.dropQueued(1, reason);
    this.#waiters.droppedOldest(line, error);
  }

  /** There is room again: what was lost is said once, in a record of its own, where lines go on. */
  #noteLoss(): void {
    const line = this.#loss.take();
    if (line !== undefined) this.#push(line);
  }
}

function quickWeight(maxQueueBytes: number): QuickWeight<EventLine> {
  return {
    // In this mode only journal lines come in.
    unitsOf: (line) => (line as JournalLine).rest.length,
    maxBytes: Math.min(2 * CHUNK_BYTES, maxQueueBytes * QUICK_PART),
  };
}
