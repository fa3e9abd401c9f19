import {
  createBackoff,
  createSystemClock,
  type Backoff,
  type Clock,
  type EventLine,
  type LineEncoder,
  type Signal,
  type Sink,
  type WriteOptions,
} from "@plumbline/core";
import { BatchWrites } from "./batch-writes.ts";
import { openDescriptor, type Descriptor } from "./descriptor.ts";
import { DescriptorWriter } from "./descriptor-writer.ts";
import { fileError } from "./error-codes.ts";
import { fromSystem, systemCode } from "./system-error.ts";
import { gateOf, onExit } from "./open-files.ts";
import { orAbort } from "./or-abort.ts";
import { WaitList } from "./wait-list.ts";

/** Options of `createStdoutSink`. */
export interface StdoutSinkOptions {
  /** 1 for standard output, 2 for standard error. */
  readonly fd?: number;
  /** Another text form; without one, lines are written as they are. */
  readonly encoder?: LineEncoder;
  /** Milliseconds that the synchronous flush at process exit may take. */
  readonly exitFlushMs?: number;
  readonly clock?: Clock;
  /** Opens the descriptor; for tests. */
  readonly open?: (fd: number) => Descriptor;
}

/** Every default, once. */
export const STDOUT_DEFAULTS = { fd: 1, exitFlushMs: 2000 } as const;

/** A sink of whole lines to a descriptor. */
export interface StdoutSink extends Sink, AsyncDisposable {
  /** Opens the descriptor. Rejects with `PLB_FILE_OPEN_FAILED`. */
  start(): Promise<void>;
  /**
   * Resolves when the system has taken the batch. Rejects with `RetryableError` past the deadline of the signal and when a
   * file behind the descriptor cannot be written; the lines go on waiting here, and are not written twice when they are
   * given again. Rejects with `PLB_FILE_READER_GONE` when nobody reads any more.
   */
  write(batch: readonly EventLine[], options?: Partial<WriteOptions>): Promise<void>;
  flush(): Promise<void>;
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 100;

/**
 * Makes a sink that writes to standard output or error, for containers. Whole lines in order, under one gate for each pipe
 * or file, also where both descriptors lead to the same; nothing is written before `start()`. A line of at most 4,096
 * bytes goes into a pipe in one piece, whoever else writes to it.
 */
export function createStdoutSink(options: StdoutSinkOptions = {}): StdoutSink {
  return new DescriptorSink(options);
}

type Phase =
  | { readonly at: "new" }
  | { readonly at: "open"; readonly descriptor: Descriptor; readonly unhook: () => void }
  /** Nobody reads any more. */
  | { readonly at: "gone"; readonly error: Error }
  | { readonly at: "closed" };

class DescriptorSink implements StdoutSink {
  readonly signals: readonly Signal[] = ["logs", "traces", "metrics"];
  /** `write` only queues: so many batches may wait side by side. */
  readonly concurrency = 64;
  readonly #o: Required<Omit<StdoutSinkOptions, "encoder">>;
  readonly #backoff: Backoff = createBackoff({ initialMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS });
  readonly #batches: BatchWrites;
  readonly #writer: DescriptorWriter;
  readonly #waits = new WaitList();
  #phase: Phase = { at: "new" };
  #isDraining = false;

  constructor(options: StdoutSinkOptions) {
    this.#o = { clock: createSystemClock(), open: openDescriptor, ...STDOUT_DEFAULTS, ...options };
    this.#writer = new DescriptorWriter(options.encoder);
    this.#batches = new BatchWrites({
      force: (line) => {
        this.#writer.push(line);
        return true;
      },
      flush: (signal) => this.#whenWritten(signal),
      isFinal: () => this.#phase.at === "gone" || this.#phase.at === "closed",
    });
  }

  start(): Promise<void> {
    if (this.#phase.at !== "new") return Promise.resolve();
    try {
      const descriptor = this.#o.open(this.#o.fd);
      const unhook = onExit((spentMs) => this.#flushAtExit(descriptor, spentMs), "descriptor");
      this.#phase = { at: "open", descriptor, unhook };
      this.#drain();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(fromSystem(error, "PLB_FILE_OPEN_FAILED", `descriptor ${this.#o.fd}`));
    }
  }

  write(batch: readonly EventLine[], options?: Partial<WriteOptions>): Promise<void> {
    if (this.#phase.at === "closed") return Promise.reject(fileError("PLB_FILE_CLOSED"));
    if (this.#phase.at === "gone") return Promise.reject(this.#phase.error);
    return this.#batches.write(batch, options?.signal);
  }

  flush(): Promise<void> {
    return this.#whenWritten(undefined);
  }

  async close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const phase = this.#phase;
    if (phase.at === "open") {
      // Without a deadline of the caller's a reader who has stopped would keep it for ever.
      const patience = new AbortController();
      const timer = this.#o.clock.setTimer(() => patience.abort(), this.#o.exitFlushMs);
      await Promise.allSettled([this.#whenWritten(options.signal ?? patience.signal)]);
      timer.cancel();
    }
    if (this.#phase.at === "closed") return;
    this.#phase = { at: "closed" };
    this.#writer.drop();
    this.#waits.rejectAll(fileError("PLB_FILE_CLOSED"));
    if (phase.at !== "open") return;
    phase.unhook();
    phase.descriptor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Resolves when all that is queued now is written. */
  async #whenWritten(signal: AbortSignal | undefined): Promise<void> {
    if (this.#phase.at === "gone") throw this.#phase.error;
    const target = this.#writer.pushed;
    if (this.#writer.written >= target) return;
    // Before the first step, which may fail or be done in this tick.
    const wait = this.#waits.wait(target);
    this.#drain();
    await orAbort(wait, signal);
  }

  /** Writes until nothing is queued, inside the gate. Begins in this tick when the gate is free. */
  #drain(): void {
    const phase = this.#phase;
    if (phase.at !== "open" || this.#isDraining || this.#writer.isEmpty) return;
    this.#isDraining = true;
    const gate = gateOf(phase.descriptor.identity);
    const work = async (): Promise<void> => {
      while (this.#phase === phase && !this.#writer.isEmpty) {
        const pauseMs = this.#step(phase.descriptor);
        if (pauseMs > 0) await new Promise<void>((resolve) => this.#o.clock.setTimer(resolve, pauseMs));
      }
    };
    void gate.run(work).finally(() => {
      this.#isDraining = false;
      // What came since the last step was left to this one.
      this.#drain();
    });
  }

  /** Writes what there is room for. Returns how many milliseconds to wait before the next step. */
  #step(descriptor: Descriptor): number {
    try {
      this.#writer.write(descriptor);
      this.#backoff.reset();
    } catch (error) {
      const code = systemCode(error);
      if (code === "EPIPE" || code === "ECONNRESET") this.#end(fileError("PLB_FILE_READER_GONE", { cause: error }));
      // A full pipe is no failure: its reader is slow.
      else if (code !== "EAGAIN" && code !== "EINTR") {
        this.#waits.rejectAll(fromSystem(error, "PLB_FILE_WRITE_FAILED", `descriptor ${this.#o.fd}`));
      }
      return this.#backoff.next();
    } finally {
      this.#waits.reach(this.#writer.written);
    }
    return 0;
  }

  #end(error: Error): void {
    if (this.#phase.at !== "open") return;
    this.#phase.unhook();
    this.#phase.descriptor.close();
    this.#phase = { at: "gone", error };
    this.#writer.drop();
    this.#waits.rejectAll(error);
  }

  #flushAtExit(descriptor: Descriptor, spentMs: () => number): void {
    while (!this.#writer.isEmpty && spentMs() < this.#o.exitFlushMs) {
      try {
        this.#writer.write(descriptor);
      } catch (error) {
        if (systemCode(error) !== "EAGAIN" && systemCode(error) !== "EINTR") return;
        // Nothing else runs any more: sleep until the reader has made room.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }
}
