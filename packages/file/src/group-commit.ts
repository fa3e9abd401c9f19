import type { Backoff, Clock } from "@plumbline/core";
import type { ActiveFile } from "./active-file.ts";
import { CHUNK_BYTES } from "./chunk.ts";
import type { ChunkMaker } from "./chunk-maker.ts";
import type { CommitState } from "./commit-state.ts";
import { fromSystem } from "./system-error.ts";
import type { FileDriver } from "./file-driver.ts";
import { writeFlightSync } from "./exit-flush.ts";
import type { Flight } from "./flight.ts";
import type { Gate } from "./gate.ts";
import type { LineSource } from "./line-source.ts";
import { PendingCount } from "./pending-count.ts";
import { WriteProgress } from "./write-progress.ts";

const STEPS_PER_LOOK = 16;

export interface GroupCommitOptions {
  readonly file: ActiveFile;
  readonly maker: ChunkMaker;
  readonly gate: Gate;
  readonly driver: FileDriver;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** All up to this number is in the file. */
  readonly onWritten: (seq: number) => void;
  /** The numbers above this one were not used after all: their lines are given up. */
  readonly onRetracted: (seq: number) => void;
  readonly onTrouble: (error: Error) => void;
}

/**
 * Brings lines from their sources into the file: what queued while a chunk was being written goes into the next one.
 *
 * The gate is entered once for all that is there, and held across every write, retry and rotation. Lines are numbered as
 * they go into a chunk and keep their number through every retry, so that a failure changes neither order nor ids.
 * One write is in flight at a time, at a known place; the next chunk is made meanwhile.
 */
export class GroupCommit {
  readonly progress: WriteProgress = new WriteProgress();
  readonly #o: GroupCommitOptions;
  readonly #flights: Flight[] = [];
  /** Calls of the driver that have not come back. */
  readonly #calls = new PendingCount();
  #state: CommitState = { at: "idle" };
  /** Tells the answer of the write in flight from that of one that was settled without waiting for it. */
  #turn = 0;
  #rotateDue = false;
  /** Lines are being numbered, or told that they are in the file: whoever brings more meanwhile finds the loop where it is. */
  #isInStep = false;
  #steps = 0;

  constructor(options: GroupCommitOptions) {
    this.#o = options;
  }

  /** What keeps the file from being written at the moment. */
  get trouble(): Error | undefined {
    return this.#state.at === "stalled" ? this.#state.error : undefined;
  }

  /** Says that a source has lines. Begins to write in this very tick if nobody is inside the gate. */
  kick(source: LineSource): void {
    if (this.#state.at === "ended") return;
    this.#o.maker.add(source);
    if (this.#isInStep) return;
    if (this.#state.at === "idle") this.#enter();
    else if (this.#state.at === "writing") this.#overlap(source);
  }

  /** Seals the file as soon as what is in flight is written. */
  requestRotation(): void {
    if (this.#state.at === "ended") return;
    this.#rotateDue = true;
    if (this.#state.at === "idle") this.#enter();
  }

  /** Tries again at once what has failed. */
  retryNow(): void {
    if (this.#state.at !== "stalled") return;
    this.#state.timer.cancel();
    this.#begin();
  }

  /** Resolves when no call of the driver is under way any more: the descriptor may be closed. */
  whenSettled(): Promise<void> {
    return this.#calls.whenNone();
  }

  /** Ends the loop for good. What is not in the file is given up. */
  end(error: Error): void {
    this.#stop();
    const [first] = this.#flights;
    if (first !== undefined) this.#o.onRetracted(first.settledSeq);
    for (const flight of this.#flights.splice(0)) flight.giveUp(error);
    this.progress.failed(error);
  }

  /**
   * Writes all that the sources hold, synchronously, because the process exits. The write in flight is made once more: the
   * same bytes at the same place do no harm. Only this may be called afterwards. Throws what the system throws.
   */
  flushSync(sources: readonly LineSource[], timeIsUp: () => boolean): void {
    const { file } = this.#o;
    if (this.#state.at === "busy") file.settleSync(); // whoever was mending it left its end unknown to this loop
    this.#stop();
    // A late call may still rename the file or write to its descriptor: then lines go on in it, however large it gets.
    const mayRotate = this.#calls.isNone;
    if (!mayRotate) this.#rotateDue = false;
    while (!timeIsUp()) {
      this.#o.maker.addAll(sources); // telling of a chunk may bring lines
      const flight = this.#flights[0] ?? this.#fill(mayRotate ? file.maxBytes : Number.POSITIVE_INFINITY);
      if (flight !== undefined) {
        try {
          writeFlightSync(flight, file, timeIsUp);
        } catch (error) {
          this.#settle(flight);
          file.cutBack();
          throw error;
        }
        this.#settle(flight);
      } else if (this.#rotateDue) {
        this.#rotateDue = false;
        file.rotateSync(this.#o.maker.nextSeq);
      } else return;
    }
  }

  #stop(): void {
    if (this.#state.at === "stalled") this.#state.timer.cancel();
    this.#turn += 1;
    this.#state = { at: "ended" };
  }

  #enter(): void {
    if (this.#o.gate.tryEnter()) return this.#begin();
    this.#state = { at: "entering" };
    void this.#o.gate.enter().then(() => {
      if (this.#state.at === "entering") this.#begin();
      else this.#o.gate.leave();
    });
  }

  /** Inside the gate: looks at what others may have done to the file since it was written last. */
  #begin(): void {
    this.#state = { at: "busy" };
    try {
      const change = this.#o.file.inspect();
      if (change === undefined) this.#step();
      else this.#slowly(() => this.#o.file.mend(change, this.#nextSeq));
    } catch (error) {
      this.#stall(error);
    }
  }

  /** Inside the gate, with nothing in flight: what comes next. */
  #step(): void {
    if (this.#o.file.isAged) this.#rotateDue = true;
    // A gate that is held for long under load must not mean that nobody looks at the file again.
    this.#steps += 1;
    if (this.#steps % STEPS_PER_LOOK === 0) {
      this.#begin();
      return;
    }
    // Whoever else waits for the gate comes first; a chunk whose lines are numbered is written before.
    const flight = this.#flights[0] ?? (this.#o.gate.waiting === 0 ? this.#fill() : undefined);
    if (this.#rotateDue) {
      this.#rotateDue = false;
      this.#slowly(async () => {
        await this.#o.file.rotate(this.#nextSeq);
        this.progress.rotated();
      });
      return;
    }
    if (flight !== undefined) {
      this.#write(flight);
      return;
    }
    this.#state = { at: "idle" };
    this.#o.gate.leave();
    if (this.#o.maker.next !== undefined) this.#enter();
  }

  /** A step with waits of its own, still inside the gate. A failure of it is one of writing. */
  #slowly(work: () => Promise<void>): void {
    this.#state = { at: "busy" };
    this.#calls.begin();
    const goOn = (next: () => void): void => {
      this.#calls.end();
      if (this.#state.at === "busy") next();
    };
    work().then(
      () => goOn(() => this.#step()),
      (error: unknown) => goOn(() => this.#stall(error)),
    );
  }

  /** The number of the line that comes next in the file. */
  get #nextSeq(): number {
    const [flight] = this.#flights;
    return flight === undefined ? this.#o.maker.nextSeq : flight.settledSeq + 1;
  }

  /** Makes the next chunk, unless the file has to be sealed before. */
  #fill(maxBytes = this.#o.file.maxBytes): Flight | undefined {
    if (this.#rotateDue) return undefined;
    const { size } = this.#o.file;
    const flight = this.#inStep(() => this.#o.maker.make(this.#flights.at(-1)?.end ?? size, maxBytes));
    if (flight === "full") this.#rotateDue = true;
    if (flight === undefined || flight === "full") return undefined;
    this.#flights.push(flight);
    return flight;
  }

  #write(flight: Flight): void {
    this.#state = { at: "writing" };
    this.#turn += 1;
    const turn = this.#turn;
    const { driver, file } = this.#o;
    const { chunk, written } = flight;
    flight.moveTo(file.size);
    this.#calls.begin();
    driver.write(file.fd, chunk.bytes, written, chunk.length - written, flight.position + written, (error, count) => {
      this.#calls.end();
      if (turn === this.#turn) this.#onWritten(flight, error, count);
    });
    if (this.#o.maker.next !== undefined) this.#overlap(this.#o.maker.next);
  }

  #onWritten(flight: Flight, error: Error | undefined, count: number): void {
    flight.written += count;
    if (error !== undefined || count === 0) {
      this.#stall(error ?? new Error("The system wrote nothing and gave no reason."));
    } else if (!flight.isComplete) {
      this.#write(flight); // a short write is no error yet: the next one goes on, or says what is wrong
    } else {
      this.#o.backoff.reset();
      this.#settle(flight);
      this.#step();
    }
  }

  /**
   * While a write is in flight: makes the next chunk, and when that is there, too, looks whether the write is done. Who
   * emits in a loop and never yields hears of no callback; the file's size tells: it grows only by bytes that were copied.
   */
  #overlap(source: LineSource): void {
    if (source.size < CHUNK_BYTES) return;
    const [flight] = this.#flights;
    if (this.#flights.length === 1) {
      this.#fill();
    } else if (flight !== undefined && this.#o.file.sizeIs(flight.end)) {
      this.#turn += 1;
      flight.written = flight.chunk.length;
      this.#settle(flight);
      this.#step();
    }
  }

  /** Leaves whole lines alone in the file, and tries again in a while. What follows waits behind: order and ids stay. */
  #stall(cause: unknown): void {
    const { file } = this.#o;
    const [flight] = this.#flights;
    if (flight !== undefined) this.#settle(flight);
    const error = fromSystem(cause, "PLB_FILE_WRITE_FAILED", file.path);
    if (error.code === "PLB_FILE_TOO_BIG") this.#rotateDue = true; // lines go on in the next file
    const timer = this.#o.clock.setTimer(() => this.#begin(), this.#o.backoff.next());
    this.#state = { at: "stalled", timer, error };
    file.cutBack();
    this.progress.failed(error);
    this.#o.onTrouble(error);
  }

  /**
   * Takes note of what is in the file, and only then tells of it: who is told brings lines from inside that call, such as
   * the record of what was dropped, and must find the file's end and the chunks as they are.
   */
  #settle(flight: Flight): void {
    const count = flight.settle();
    this.#o.file.size = flight.wholeEnd;
    if (flight.isComplete) {
      this.#flights.shift();
      if (this.#state.at !== "ended") this.#o.maker.recycle(flight.chunk); // at exit a late call may still copy from it
    }
    if (count === 0) return;
    this.#inStep(() => {
      flight.source.written(count, flight.settledSeq);
      this.#o.onWritten(flight.settledSeq);
      this.progress.written(flight.settledSeq);
    });
  }

  #inStep<T>(work: () => T): T {
    this.#isInStep = true;
    try {
      return work();
    } finally {
      this.#isInStep = false;
    }
  }
}
