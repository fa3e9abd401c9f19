import { resolve } from "node:path";
import {
  errorCode,
  formatId,
  OutputLedger,
  type Durability,
  type EventLine,
  type EventRing,
  type Journal,
  type JournalLine,
  type JournalLocation,
  type OutputReport,
  type Signal,
  type Sink,
  type WriteOptions,
} from "@plumbline/core";
import { BatchWrites } from "./batch-writes.ts";
import { fileError } from "./error-codes.ts";
import { flushIntake } from "./flush-intake.ts";
import { withoutNumber } from "./without-number.ts";
import { LineIntake } from "./line-intake.ts";
import { locate } from "./locate.ts";
import { LossRecord, type LostLines } from "./loss-record.ts";
import { acquireFile, onExit, releaseFile } from "./open-files.ts";
import type { FileState } from "./file-state.ts";
import type { OpenFile } from "./open-file.ts";
import { orAbort } from "./or-abort.ts";
import { resolveFileOptions, type FileSinkOptions, type ResolvedFileOptions } from "./options.ts";
import { limitByProgress } from "./progress-limit.ts";
import { openOwned } from "./slot.ts";

/** What a file sink says of itself. */
export interface FileSinkReport extends OutputReport {
  /** `undefined` while the file is not open. */
  readonly file: FileState | undefined;
}

/** Options of {@link FileSink.flush}. */
export interface FileFlushOptions {
  readonly durability?: Durability;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A file of whole lines: a sink, and the journal.
 *
 * Lines are written in the order in which they were given, each whole, whatever the concurrency, and numbered as they go
 * into the file. Everything may be called at any time: what comes before `start()` waits, what comes after `close()` is
 * counted as dropped.
 */
export interface FileSink extends Journal, Sink, AsyncDisposable {
  /** The file being written: that of the slot where the file itself has another owner, once it is open. */
  readonly path: string;
  /**
   * Opens the file. Rejects with the code of `PLB_FILE_*` that says what is wrong with the path, or `PLB_FILE_OWNED`, and
   * may be called again then. Lines given before wait meanwhile.
   */
  start(): Promise<void>;
  /**
   * Writes lines for a pipeline. Rejects with `RetryableError` when the file cannot be written; the lines stay here, are
   * written when it can, and not written twice when they are given again.
   */
  write(batch: readonly EventLine[], options?: Partial<WriteOptions>): Promise<void>;
  /** Has the file's next record of dropped lines tell of these as well: they were dropped on their way here. They are not in this account. */
  tellLost(lost: LostLines): void;
  /** Calls back with the position (`epoch:seq`) behind all lines given before the call, before any later one is in the file. Needs an open file. */
  mark(known: (position: string) => void): void;
  /**
   * Resolves when everything given before the call has reached the class: the sink's own, at least `written`. Tries at once
   * what has failed, and rejects with its code if it fails again (`PLB_FILE_DISK_FULL`, `PLB_FILE_WRITE_FAILED` …), or
   * with `PLB_FILE_ABORTED` when the signal aborts.
   */
  flush(options?: FileFlushOptions): Promise<void>;
  /**
   * Writes what is queued, seals the file and begins a new one; does nothing to an empty one. Resolves when lines go into
   * the new one; rejects with the code of what kept it, and lines go on in the same file.
   */
  rotate(): Promise<void>;
  /**
   * Writes what is queued, to the sink's class, and gives the file up. With a signal it waits until that aborts for a file
   * that cannot be written or a disk that does not answer; without, it gives up when one more attempt fails, or
   * when the disk has taken nothing for `closeTimeoutMs`. Never rejects: what is given up is counted as dropped (`deadline`), who waits for such a line gets
   * `PLB_FILE_DEADLINE`, and diagnostics are told.
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  report(): FileSinkReport;
}

/** Makes a file sink; nothing happens before `start()`. Throws `PLB_FILE_OPTION_INVALID`. */
export function createFileSink(options: FileSinkOptions): FileSink {
  return new FileSinkHandle(resolveFileOptions(options));
}

interface Opened {
  readonly file: OpenFile;
  readonly key: string;
}

type Phase =
  | { readonly at: "new" }
  | { readonly at: "opening"; readonly opened: Promise<Opened> }
  | ({ readonly at: "open" } & Opened)
  | { readonly at: "closed"; readonly done: Promise<void> };

/** One handle of a file that others in the thread may have open, too. */
class FileSinkHandle implements FileSink {
  readonly signals: readonly Signal[] = ["logs", "traces", "metrics"];
  readonly exclusive: readonly string[];
  readonly ledger: OutputLedger;
  readonly durability: Durability;
  readonly #o: ResolvedFileOptions;
  readonly #loss: LossRecord;
  readonly #intake: LineIntake;
  readonly #batches: BatchWrites;
  readonly #rotateOnSignal = (): void => {
    // What keeps it is counted and said by the file.
    if (this.#phase.at === "open") this.#phase.file.rotate().catch(() => undefined);
  };
  #phase: Phase = { at: "new" };

  constructor(options: ResolvedFileOptions) {
    this.#o = options;
    this.durability = options.durability;
    this.exclusive = [`file:${resolve(options.path)}`];
    this.ledger = new OutputLedger(options.name);
    this.#loss = new LossRecord(options.clock, options.writer);
    this.#intake = new LineIntake(options, this.ledger, this.#loss);
    this.#batches = new BatchWrites({
      force: (line) => this.#intake.force(options.lines === "journal" ? withoutNumber(line) : line),
      flush: (signal) => this.flush({ signal }),
      isFinal: () => this.#phase.at === "closed",
    });
  }

  get path(): string {
    return this.#phase.at === "open" ? this.#phase.file.location.path : resolve(this.#o.path);
  }

  get epoch(): string {
    return this.#file().ring.epoch;
  }

  get ring(): EventRing {
    return this.#file().ring;
  }

  get location(): JournalLocation {
    return this.#file().location;
  }

  async start(): Promise<void> {
    if (this.#phase.at === "closed") throw fileError("PLB_FILE_CLOSED");
    if (this.#phase.at === "open") return;
    if (this.#phase.at === "opening") {
      await this.#phase.opened;
      return;
    }
    const phase: Phase = { at: "opening", opened: this.#open() };
    this.#phase = phase;
    // Who owns the file is not known yet, so that nothing may be written to it: what waits is lost, and that is said.
    const unhook = onExit(() => this.#sayLost(), "file");
    try {
      const opened = await phase.opened;
      // close() may have come meanwhile; it waits for the same promise.
      if (this.#phase === phase) this.#phase = { at: "open", ...opened };
    } catch (error) {
      this.#loss.blame(errorCode(error));
      if (this.#phase === phase) this.#phase = { at: "new" };
      throw error;
    } finally {
      unhook();
    }
  }

  append(line: JournalLine): void {
    this.#intake.append(line);
  }

  appendAsync(line: JournalLine, durability: Durability = this.durability): Promise<string> {
    return this.#intake.appendAsync(line, durability);
  }

  write(batch: readonly EventLine[], options?: Partial<WriteOptions>): Promise<void> {
    return this.#batches.write(batch, options?.signal);
  }

  tellLost(lost: LostLines): void {
    this.#loss.add(lost);
  }

  mark(known: (position: string) => void): void {
    const { ring } = this.#file();
    const { tip } = ring; // another handle in this thread may have written, too
    this.#intake.mark((lastSeq) => known(formatId(ring.epoch, Math.max(tip, lastSeq))));
  }

  async flush(options: FileFlushOptions = {}): Promise<void> {
    const durability = options.durability ?? (this.durability === "buffered" ? "written" : this.durability);
    if (durability === "buffered" || this.#phase.at === "closed") return;
    if (this.#phase.at === "opening") await this.#phase.opened;
    if (this.#phase.at === "new" && this.#intake.count === 0) return;
    await flushIntake(this.#intake, this.#file(), { durability, signal: options.signal, isPatient: false });
  }

  async rotate(): Promise<void> {
    const file = this.#file();
    await flushIntake(this.#intake, file, { durability: "written", signal: undefined, isPatient: false });
    await file.rotate();
  }

  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#phase.at === "closed") return this.#phase.done;
    const done = this.#close(this.#phase, options.signal);
    this.#phase = { at: "closed", done };
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  report(): FileSinkReport {
    return { ...this.ledger.report(), file: this.#phase.at === "open" ? this.#phase.file.state() : undefined };
  }

  #sayLost(): void {
    if (this.#intake.count === 0) return;
    this.#o.diagnostics?.error("The process exits before the file was open; lines that waited for it are lost.", {
      path: this.#o.path,
      lines: this.#intake.count,
    });
  }

  #file(): OpenFile {
    if (this.#phase.at === "open") return this.#phase.file;
    throw fileError(this.#phase.at === "closed" ? "PLB_FILE_CLOSED" : "PLB_FILE_NOT_STARTED");
  }

  async #open(): Promise<Opened> {
    const { driver, directoryMode, path, lines } = this.#o;
    const { key, location } = await locate(path, driver, directoryMode);
    const file = await acquireFile(key, () => openOwned(location, this.#o));
    if (file.lines !== lines) {
      await releaseFile(key);
      throw fileError("PLB_FILE_OPTION_INVALID", {
        message: `The file is open in this process with \`lines\` "${file.lines}" and cannot be opened with "${lines}".`,
        details: { option: "lines", path },
      });
    }
    file.attach(this.#intake);
    this.#intake.attach(file);
    if (this.#o.rotateOnSighup) process.on("SIGHUP", this.#rotateOnSignal);
    return { file, key };
  }

  async #close(phase: Exclude<Phase, { at: "closed" }>, signal: AbortSignal | undefined): Promise<void> {
    this.#intake.close(fileError("PLB_FILE_CLOSED"));
    const limit = limitByProgress(this.ledger, this.#o.clock, this.#o.closeTimeoutMs);
    try {
      await this.#closeWithin(phase, { signal: signal ?? limit.signal, isPatient: signal !== undefined });
    } finally {
      limit.cancel();
    }
  }

  async #closeWithin(
    phase: Exclude<Phase, { at: "closed" }>,
    { signal, isPatient }: { readonly signal: AbortSignal; readonly isPatient: boolean },
  ): Promise<void> {
    const opened = await this.#openedOf(phase, signal);
    process.off("SIGHUP", this.#rotateOnSignal);
    if (opened === undefined) {
      this.#intake.dropQueue("closed", fileError("PLB_FILE_CLOSED"));
      return;
    }
    const durability = this.durability === "buffered" ? "written" : this.durability;
    try {
      await flushIntake(this.#intake, opened.file, { durability, signal, isPatient });
    } catch (error) {
      this.#intake.dropQueue("deadline", fileError("PLB_FILE_DEADLINE", { cause: error }));
      this.#o.diagnostics?.error("The file was closed with lines that could not be written.", {
        code: errorCode(error),
      });
    }
    opened.file.detach(this.#intake);
    const released = releaseFile(opened.key);
    // A write that neither succeeds nor fails keeps its descriptor: past the deadline it is left to itself.
    await Promise.allSettled([orAbort(released, signal)]);
  }

  async #openedOf(phase: Phase, signal: AbortSignal): Promise<Opened | undefined> {
    if (phase.at === "open") return phase;
    if (phase.at !== "opening") return undefined;
    const [result] = await Promise.allSettled([orAbort(phase.opened, signal)]);
    if (result.status === "fulfilled") return result.value;
    // Past the deadline nobody waits for it: should it open after all, it is given up again.
    if (signal.aborted) phase.opened.then(({ key }) => releaseFile(key)).catch(() => undefined);
    return undefined;
  }
}
