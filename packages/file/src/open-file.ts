import { createBackoff, errorCode, EventRing, type JournalLocation } from "@plumbline/core";
import { ActiveFile } from "./active-file.ts";
import type { FileLeft } from "./active-file-options.ts";
import { AgeTimer } from "./age-timer.ts";
import { fileError } from "./error-codes.ts";
import { fromSystem } from "./system-error.ts";
import { FileLog } from "./file-log.ts";
import type { FileState } from "./file-state.ts";
import { Gate } from "./gate.ts";
import { ChunkMaker } from "./chunk-maker.ts";
import { GroupCommit } from "./group-commit.ts";
import type { LineSource } from "./line-source.ts";
import { nextEpoch } from "./next-epoch.ts";
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

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

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
  /** What exiting took so far, once the process does. */
  #exitSpentMs: (() => number) | undefined;
  #isFlushing = false;
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
      syncLeft: options.durability === "fsynced" ? () => this.#syncLeft() : undefined,
      betweenSyncs: (work) => this.#sync.mend(work),
      onLeft: (file) => this.#onLeft(file),
      onHole: (fd, end) => this.#sync.pass(fd, end),
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
      clock,
      random,
      file: this.#active,
      directory: location.directory,
      writtenSeq: () => this.#commit.progress.writtenSeq,
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
      onGone: (path) => log.goneUnsealed(path),
      onTrouble: (error) => {
        log.failed("sealFailures", "A segment could not be sealed; it is tried again.", error);
        this.#sync.sealingFailed(error);
      },
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
      const epoch = await nextEpoch(this.location, await this.#active.open(), this.#o);
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
    if (this.#exitSpentMs === undefined) this.#commit.kick(source);
    else this.flushAtExit(this.#exitSpentMs);
  }

  /** Tries again at once what has failed. */
  retryNow(): void {
    this.#commit.retryNow();
  }

  /** Tries again at once what could not be sealed: until its lines are on the device, none after them is. */
  sealNow(): void {
    this.#sealer.retryNow();
  }

  /** Resolves when the number is in the file; rejects when an attempt to write it fails before. */
  whenWritten(seq: number): Promise<void> {
    return this.#commit.progress.whenWritten(seq);
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
    const rotated = this.#commit.progress.whenRotated();
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
      writtenSeq: this.#commit.progress.writtenSeq,
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
    await this.#sync.close(fileError("PLB_FILE_DEADLINE"));
    await this.#active.close();
    this.ring.end();
    await this.#ownership.release();
  }

  /** Writes synchronously what every handle still holds, because the process exits. `spentMs` is what exiting took so far: one bound for this and for all that others bring after it. */
  flushAtExit(spentMs: () => number): void {
    // What comes while it is at work, a record of what was dropped maybe, is taken by the flush that is under way.
    if (this.#ring === undefined || this.#active.fd < 0 || this.#isFlushing) return;
    this.#exitSpentMs = spentMs;
    this.#isFlushing = true;
    for (const handle of this.#handles) handle.hurry();
    try {
      this.#commit.flushSync([...this.#handles], () => spentMs() > this.#o.exitFlushMs);
      const isUnwritten =
        this.#ring.tip > this.#commit.progress.writtenSeq || [...this.#handles].some(({ size }) => size > 0);
      if (isUnwritten) this.log.lostAtExit(fileError("PLB_FILE_DEADLINE"));
      if (this.#o.durability === "fsynced") this.#o.driver.syncSync(this.#active.fd);
    } catch (error) {
      this.log.lostAtExit(fromSystem(error, "PLB_FILE_WRITE_FAILED", this.location.path));
    } finally {
      this.#isFlushing = false;
    }
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

  /** Whoever waits for this holds the gate: a segment that could not be sealed is tried at once, and a failure ends the wait. */
  #syncLeft(): Promise<void> {
    this.sealNow();
    return this.#sync.whenSynced(this.#commit.progress.writtenSeq);
  }

  #onLeft({ fd, path }: FileLeft): void {
    if (path === undefined) {
      this.#sync.leaveMoved(fd);
      return;
    }
    const ownStart = this.#sync.sureBytes(fd);
    const synced = this.#sync.finish(fd);
    synced.catch((error: unknown) => this.#sync.failed(error));
    this.log.rotated();
    this.#sync.leaveBehind(this.#sealer.add(path, ownStart, synced));
    this.#age.arm();
  }
}
