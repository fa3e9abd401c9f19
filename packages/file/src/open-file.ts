import { createBackoff, createEpoch, errorCode, EventRing, type EventId, type JournalLocation } from "@plumbline/core";
import { listSegments } from "@plumbline/jsonl";
import { ActiveFile, type FileLeft } from "./active-file.ts";
import { AgeTimer } from "./age-timer.ts";
import { fileError } from "./error-codes.ts";
import { fromSystem } from "./system-error.ts";
import { FileLog, type FileCounts } from "./file-log.ts";
import { Gate } from "./gate.ts";
import { ChunkMaker } from "./chunk-maker.ts";
import { GroupCommit } from "./group-commit.ts";
import type { LineSource } from "./line-source.ts";
import type { ResolvedFileOptions } from "./options.ts";
import type { Ownership } from "./ownership.ts";
import { Retention } from "./retention.ts";
import { Sealer } from "./seal.ts";
import { SyncGroup } from "./sync-group.ts";

/** A handle's side of an open file. */
export interface FileHandle extends LineSource {
  /** An attempt to write failed; it is repeated. */
  troubled(error: Error): void;
  /** The process exits: what comes from now on is to be handed over in the tick in which it comes. */
  hurry(): void;
}

/** What an operator may want to know of an open file. */
export interface FileState {
  readonly path: string;
  readonly epoch: string;
  /** 1 for the file itself. */
  readonly slot: number;
  /** `none` where the file system has no sockets: nothing keeps two processes apart there. */
  readonly ownership: "socket" | "none";
  /** Bytes in the file being written. */
  readonly bytes: number;
  /** The last number that is in it. */
  readonly writtenSeq: number;
  /** Segments that are still being sealed. */
  readonly sealing: number;
  /** The code of what keeps the file from being written. */
  readonly trouble: string | undefined;
  readonly counts: FileCounts;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;
const EPOCH_TIME_DIGITS = 9;
const NO_TIME = (): number => 0;

/** A file that this thread writes: one gate, one descriptor, one sequence of ids, whosever handle a line comes from. */
export class OpenFile {
  readonly location: JournalLocation;
  readonly lines: "journal" | "plain";
  readonly slot: number;
  readonly log: FileLog;
  readonly #o: ResolvedFileOptions;
  readonly #ownership: Ownership;
  readonly #active: ActiveFile;
  readonly #commit: GroupCommit;
  readonly #sync: SyncGroup;
  readonly #sealer: Sealer;
  readonly #age: AgeTimer;
  readonly #retention: Retention;
  readonly #handles = new Set<FileHandle>();
  #ring: EventRing | undefined;
  #isExiting = false;
  #rotationError: unknown;

  constructor(options: ResolvedFileOptions, location: JournalLocation, slot: number, ownership: Ownership) {
    const { driver, clock, mode, random, rotate } = options;
    const log = new FileLog(location.path, options.diagnostics);
    this.location = location;
    this.lines = options.lines;
    this.#o = options;
    this.#ownership = ownership;
    this.slot = slot;
    this.log = log;
    this.#active = new ActiveFile({
      location,
      driver,
      clock,
      mode,
      random,
      maxBytes: rotate.maxBytes,
      maxAgeMs: rotate.maxAgeMs,
      syncLeft: options.durability === "fsynced" ? () => this.#sync.whenSynced(this.#commit.writtenSeq) : undefined,
      onLeft: (file) => this.#onLeft(file),
      onRotationFailed: (error) => {
        this.#rotationError = error;
        log.failed("rotationFailures", "The file could not be sealed; it goes on and is tried again.", error);
      },
      onRecovered: (recovered) => log.recovered(recovered),
      onForeignChange: (change) => log.foreignChange(change),
      confirmPlace: async () => {
        await driver.makeDirectory(location.directory, options.directoryMode);
        await ownership.confirm();
      },
    });
    this.#commit = new GroupCommit({
      file: this.#active,
      maker: new ChunkMaker((count) => this.ring.isReadWithin(count)),
      driver,
      clock,
      gate: new Gate(),
      backoff: createBackoff({ initialMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS, random }),
      onWritten: (seq) => this.#onWritten(seq),
      onRetracted: (seq) => this.ring.retract(seq),
      onTrouble: (error) => this.#onTrouble(error),
    });
    this.#retention = new Retention({
      location,
      limits: rotate,
      driver,
      clock,
      activeFirst: () => this.#active.first,
      onRemoved: (removal) => log.removed(removal),
      onTrouble: (error) =>
        log.failed("retentionFailures", "Old segments could not be removed; it is tried again.", error),
    });
    this.#age = new AgeTimer(clock, this.#active, () => this.#commit.requestRotation());
    this.#sync = new SyncGroup({
      driver,
      fd: () => this.#active.fd,
      writtenSeq: () => this.#commit.writtenSeq,
      onSynced: (seq) => this.ring.advance("fsynced", seq),
      onTrouble: (error) =>
        log.failed("syncFailures", "The file could not be synced; who waited for it was told.", error),
    });
    this.#sealer = new Sealer({
      location,
      driver,
      clock,
      mode,
      random,
      compress: rotate.compress,
      onSealed: () => {
        log.sealed();
        this.#retention.request();
      },
      onTrouble: (error) => log.failed("sealFailures", "A segment could not be sealed; it is tried again.", error),
    });
  }

  /** Throws `PLB_FILE_NOT_STARTED` before {@link start} has resolved. */
  get ring(): EventRing {
    if (this.#ring === undefined) throw fileError("PLB_FILE_NOT_STARTED");
    return this.#ring;
  }

  /** Opens the file, mends what a crash has left, and begins a new epoch. Rejects as {@link ActiveFile.open} does. */
  async start(): Promise<void> {
    try {
      const last = await this.#active.open();
      const { segments } = await listSegments(this.location);
      const epoch = this.#newEpoch(last ?? segments.at(-1)?.first);
      this.#active.begin(epoch);
      await this.#sealer.adoptLeftovers();
      this.#ring = new EventRing({ epoch, retainBytes: this.#o.retainBytes, clock: this.#o.clock });
    } catch (error) {
      this.#commit.end(fileError("PLB_FILE_CLOSED"));
      await this.#active.close();
      await this.#ownership.release();
      throw fromSystem(error, "PLB_FILE_OPEN_FAILED", this.location.path);
    }
    this.#retention.request();
    this.#age.arm();
  }

  attach(handle: FileHandle): void {
    this.#handles.add(handle);
  }

  detach(handle: FileHandle): void {
    this.#handles.delete(handle);
  }

  kick(source: LineSource): void {
    if (this.#isExiting) this.flushAtExit(NO_TIME);
    else this.#commit.kick(source);
  }

  /** Tries again at once what has failed. */
  retryNow(): void {
    this.#commit.retryNow();
  }

  /** Resolves when the number is in the file; rejects when an attempt to write it fails before. */
  whenWritten(seq: number): Promise<void> {
    return this.#commit.whenWritten(seq);
  }

  /** Resolves when the number, which is in the file, is on the device. */
  async whenSynced(seq: number): Promise<void> {
    try {
      await this.#sync.whenSynced(seq);
    } catch (error) {
      throw fromSystem(error, "PLB_FILE_WRITE_FAILED", this.location.path);
    }
  }

  /**
   * Seals the file and begins a new one; an empty file stays. Rejects with the code of what kept it; lines then go on in the
   * same file.
   */
  async rotate(): Promise<void> {
    this.#rotationError = undefined;
    const rotated = this.#commit.whenRotated();
    this.#commit.requestRotation();
    this.#commit.retryNow();
    await rotated;
    if (this.#rotationError !== undefined)
      throw fromSystem(this.#rotationError, "PLB_FILE_WRITE_FAILED", this.location.path);
  }

  state(): FileState {
    const { trouble } = this.#commit;
    return {
      path: this.location.path,
      epoch: this.ring.epoch,
      slot: this.slot,
      ownership: this.#ownership.proof,
      bytes: this.#active.size,
      writtenSeq: this.#commit.writtenSeq,
      sealing: this.#sealer.waiting,
      trouble: trouble === undefined ? undefined : errorCode(trouble),
      counts: this.log.counts,
    };
  }

  /** Ends writing, waits for what runs in the background, and gives the file up. */
  async close(): Promise<void> {
    this.#commit.end(fileError("PLB_FILE_DEADLINE"));
    // A rotation that is under way still hands its segment on.
    await this.#commit.whenSettled();
    this.#age.cancel();
    await this.#sealer.whenIdle();
    this.#sealer.close();
    await this.#retention.close();
    await this.#sync.settled();
    await this.#active.close();
    this.ring.end();
    await this.#ownership.release();
  }

  /** Writes synchronously what every handle still holds, because the process exits. `spentMs` is what exiting took so far. */
  flushAtExit(spentMs: () => number): void {
    if (this.#ring === undefined || this.#active.fd < 0) return;
    this.#isExiting = true;
    for (const handle of this.#handles) handle.hurry();
    try {
      this.#commit.flushSync([...this.#handles], () => spentMs() > this.#o.exitFlushMs);
      const isUnwritten = this.#ring.tip > this.#commit.writtenSeq || [...this.#handles].some(({ size }) => size > 0);
      if (isUnwritten) this.log.lostAtExit(fileError("PLB_FILE_DEADLINE"));
      if (this.#o.durability === "fsynced") this.#o.driver.syncSync(this.#active.fd);
    } catch (error) {
      this.log.lostAtExit(fromSystem(error, "PLB_FILE_WRITE_FAILED", this.location.path));
    }
  }

  #newEpoch(last: EventId | undefined): string {
    const { clock, random } = this.#o;
    const epoch = createEpoch(clock.nowMicros(), random);
    if (last === undefined || epoch > last.epoch) return epoch;
    // The clock was set back: the next epoch must still sort after all that are there.
    const lastMs = Number.parseInt(last.epoch.slice(0, EPOCH_TIME_DIGITS), 32);
    return createEpoch((lastMs + 1) * 1000, random);
  }

  #onWritten(seq: number): void {
    this.log.writeSucceeded();
    this.ring.advance("written", seq);
    if (this.#o.durability === "fsynced") this.#sync.request();
  }

  #onTrouble(error: Error): void {
    this.log.writeFailed(error);
    for (const handle of this.#handles) handle.troubled(error);
  }

  #onLeft(file: FileLeft): void {
    const synced = this.#syncAndClose(file.fd);
    this.#sync.leaveBehind(synced);
    if (file.path === undefined) return;
    this.log.rotated();
    this.#sealer.add(file.path, synced);
    this.#age.arm();
  }

  async #syncAndClose(fd: number): Promise<void> {
    try {
      await this.#o.driver.sync(fd);
    } finally {
      // Another sync of it may be under way: a number that is given anew must not be meant by it.
      await this.#sync.settled();
      await this.#o.driver.close(fd);
    }
  }
}
