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
import { Chunk } from "./chunk.ts";
import { openDescriptor, type Descriptor } from "./descriptor.ts";
import { fileError, fromSystem, systemCode } from "./error-codes.ts";
import type { Gate } from "./gate.ts";
import { gateOf, onExit } from "./open-files.ts";

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
  | { readonly at: "open"; readonly descriptor: Descriptor; readonly gate: Gate; readonly unhook: () => void }
  | { readonly at: "closed" };

class DescriptorSink implements StdoutSink {
  readonly signals: readonly Signal[] = ["logs", "traces", "metrics"];
  /** `write` only queues: any number may wait. */
  readonly concurrency = 64;
  readonly #fd: number;
  readonly #encoder: LineEncoder | undefined;
  readonly #exitFlushMs: number;
  readonly #clock: Clock;
  readonly #open: (fd: number) => Descriptor;
  readonly #backoff: Backoff;
  readonly #batches: BatchWrites;
  readonly #chunk = new Chunk();
  #written = 0;
  #queue: EventLine[] = [];
  #phase: Phase = { at: "new" };
  #draining: Promise<void> | undefined;
  /** What ended it for good. */
  #gone: Error | undefined;

  constructor(options: StdoutSinkOptions) {
    this.#fd = options.fd ?? STDOUT_DEFAULTS.fd;
    this.#encoder = options.encoder;
    this.#exitFlushMs = options.exitFlushMs ?? STDOUT_DEFAULTS.exitFlushMs;
    this.#clock = options.clock ?? createSystemClock();
    this.#open = options.open ?? openDescriptor;
    this.#backoff = createBackoff({ initialMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS });
  }
}
