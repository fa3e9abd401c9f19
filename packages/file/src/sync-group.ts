import { createBackoff, type Backoff, type Clock, type ClockTimer } from "@plumbline/core";
import type { FileDriver } from "./file-driver.ts";
import { PendingCount } from "./pending-count.ts";
import { WaitList } from "./wait-list.ts";
import { writeAgain } from "./write-all.ts";

/** So many files that others moved away are kept open while they cannot be synced: no path leads to them any more. */
const MAX_KEPT = 8;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

export interface SyncGroupOptions {
  readonly driver: FileDriver;
  readonly clock: Clock;
  readonly random: () => number;
  /** The file being written: its descriptor, how long its whole lines are, and how often it got a name in the folder. */
  readonly file: { readonly fd: number; readonly size: number; readonly names: number };
  readonly directory: string;
  /** The last number that is in it. */
  readonly writtenSeq: () => number;
  /** All up to this number is on the device. */
  readonly onSynced: (seq: number) => void;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * One fdatasync for all that wait: those who come while one runs share the next. It needs no gate, because it changes
 * nothing; what is written after it began is left to the next one. After one that failed, what it was for is written again
 * before the next.
 */
export class SyncGroup {
  readonly #o: SyncGroupOptions;
  readonly #waits = new WaitList();
  readonly #behind = new Set<Promise<void>>();
  readonly #mends = new PendingCount();
  /** Descriptors of files that others moved away, and whose sync has failed. */
  readonly #kept = new Set<number>();
  readonly #backoff: Backoff;
  #retry: ClockTimer | undefined;
  /** How much of each open file is of no concern to a sync any more: it is on the device, or was there when the file was opened. */
  readonly #sureBytes = new Map<number, number>();
  /** Descriptors of which a sync has failed. */
  readonly #doubtful = new Set<number>();
  #syncedSeq = 0;
  #syncedNames = 0;
  #isWanted = false;
  #current: Promise<void> = Promise.resolve();
  #isRunning = false;
  #ended: Error | undefined;

  constructor(options: SyncGroupOptions) {
    this.#o = options;
    this.#backoff = createBackoff({ initialMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS, random: options.random });
  }

  /** Resolves when the number, which is in the file, is on the device. Rejects with the system's error. */
  whenSynced(seq: number): Promise<void> {
    if (seq <= this.#syncedSeq) return Promise.resolve();
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const wait = this.#waits.wait(seq);
    this.request();
    return wait;
  }

  /** Syncs soon what is written now. */
  request(): void {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    // In a microtask: whatever is settled in the same tick is served by the same sync.
    queueMicrotask(() => void this.#run());
  }

  /**
   * Does work that finds the file's end anew, or opens another file under the path, while nothing is synced: until it is done,
   * descriptor, size and names do not belong together.
   */
  async mend<T>(work: () => Promise<T>): Promise<T> {
    const { file } = this.#o;
    this.#mends.begin();
    try {
      await this.settled();
      const before = file.fd;
      const result = await work();
      const { fd, size } = file;
      // What others have cut off, and is written anew, is not on the device.
      this.#sureBytes.set(fd, fd === before ? Math.min(size, this.sureBytes(fd)) : size);
      return result;
    } finally {
      this.#mends.end();
    }
  }

  /** Others have emptied the file: what stands before `end` is of no concern. Called within {@link mend}. */
  pass(fd: number, end: number): void {
    this.#sureBytes.set(fd, Math.max(end - 1, this.sureBytes(fd)));
  }

  /** Up to here nothing of an open file has to be written again after a sync that failed. */
  sureBytes(fd: number): number {
    return this.#sureBytes.get(fd) ?? 0;
  }

  /** Segments that were left behind by a rotation are synced by their sealing; later numbers wait for that as well. */
  leaveBehind(synced: Promise<void>): void {
    this.#behind.add(synced);
    const forget = (): void => void this.#behind.delete(synced);
    synced.then(forget, forget);
  }

  /** Syncs a segment, which lines go to no more, and closes it. Rejects with the system's error. */
  async finish(fd: number): Promise<void> {
    try {
      // Another sync of it may be under way, which alone would be told of a failure.
      await this.settled();
      await this.#syncLeft(fd);
    } finally {
      await this.#close(fd);
    }
  }

  /**
   * Syncs a file that others have moved away, and closes it. Where that fails it is kept, and tried again after a while, by the next
   * sync, which does not count before, and at the end. With too many of them nothing is said to be on the device any more.
   */
  leaveMoved(fd: number): void {
    this.leaveBehind(this.#finishMoved(fd));
  }

  /** A sync has failed, here or of a file that was left behind: whoever waits is told. */
  failed(error: unknown): void {
    this.#reject(error);
    this.#o.onTrouble(error);
  }

  /** A segment could not be sealed: whoever waits for one that is not synced is told. */
  sealingFailed(error: unknown): void {
    if (this.#behind.size > 0) this.#reject(error);
  }

  /** Settles with what is under way: until then its descriptor must not be closed. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#current]);
  }

  /** Whoever still waits, or comes later, is told that it is over. Resolves when nothing is under way any more. */
  async close(error: Error): Promise<void> {
    this.#end(error);
    await this.settled();
    for (const fd of this.#kept) await this.#giveUpKept(fd);
  }

  #end(error: Error): void {
    this.#ended = error;
    this.#retry?.cancel();
    this.#waits.rejectAll(error);
  }

  #reject(error: unknown): void {
    this.#waits.rejectAll(toError(error));
  }

  async #run(): Promise<void> {
    while (this.#isWanted && this.#ended === undefined) {
      this.#isWanted = false;
      try {
        await this.#sync();
      } catch (error) {
        this.failed(error);
      }
      if (!this.#waits.isEmpty) this.#isWanted = true;
    }
    this.#isRunning = false;
    this.#retryLater();
  }

  async #sync(): Promise<void> {
    const { driver, file, directory } = this.#o;
    // A rotation or a mend may begin while this waits.
    for (;;) {
      if (this.#ended !== undefined) return;
      if (this.#behind.size > 0 || !this.#mends.isNone) {
        await Promise.all([this.#mends.whenNone(), ...this.#behind]);
        continue;
      }
      const [kept] = this.#kept;
      if (kept !== undefined) this.#current = this.#finishKept(kept);
      else if (this.#doubtful.has(file.fd)) this.#current = this.#writeAgain(file.fd, file.size);
      else break;
      await this.#current;
    }
    const { fd, size, names } = file;
    const target = this.#o.writtenSeq();
    this.#current = this.#syncFile(fd);
    await this.#current;
    this.#sureBytes.set(fd, size);
    // Bytes that no name leads to would be gone all the same.
    if (names !== this.#syncedNames) await driver.syncDirectory(directory);
    this.#syncedNames = names;
    this.#syncedSeq = target;
    this.#o.onSynced(target);
    this.#waits.reach(target);
  }

  async #syncFile(fd: number): Promise<void> {
    try {
      await this.#o.driver.sync(fd);
    } catch (error) {
      this.#doubtful.add(fd);
      throw error;
    }
  }

  async #syncLeft(fd: number): Promise<void> {
    if (this.#doubtful.has(fd)) await this.#writeAgain(fd, this.#o.driver.lookSync(fd).size);
    await this.#syncFile(fd);
  }

  /** One that others have removed needs no sync: nothing is left of it. */
  async #syncMoved(fd: number): Promise<void> {
    try {
      await this.#syncLeft(fd);
    } catch (error) {
      if (this.#o.driver.lookSync(fd).links > 0) throw error;
    }
  }

  async #finishMoved(fd: number): Promise<void> {
    try {
      await this.#syncMoved(fd);
    } catch (error) {
      if (this.#kept.size === MAX_KEPT) this.#end(toError(error));
      if (this.#ended === undefined) this.#kept.add(fd);
      this.failed(error);
      this.#retryLater();
    }
    if (!this.#kept.has(fd)) await this.#close(fd);
  }

  /** Nobody else may ask for a sync. */
  #retryLater(): void {
    if (this.#kept.size === 0 || this.#retry !== undefined || this.#ended !== undefined) return;
    const retry = (): void => {
      this.#retry = undefined;
      this.request();
    };
    this.#retry = this.#o.clock.setTimer(retry, this.#backoff.next());
  }

  async #finishKept(fd: number): Promise<void> {
    await this.#syncMoved(fd);
    this.#backoff.reset();
    this.#kept.delete(fd);
    await this.#close(fd);
  }

  /** After one more attempt. */
  async #giveUpKept(fd: number): Promise<void> {
    try {
      await this.#syncMoved(fd);
    } catch (error) {
      this.#o.onTrouble(error);
    }
    await this.#close(fd);
  }

  async #close(fd: number): Promise<void> {
    this.#doubtful.delete(fd);
    this.#sureBytes.delete(fd);
    await this.#o.driver.close(fd);
  }

  /** Needs no gate either: what is being written stands behind the whole lines. */
  async #writeAgain(fd: number, end: number): Promise<void> {
    const start = this.sureBytes(fd);
    await writeAgain(this.#o.driver, fd, { start, ownStart: start, end });
    this.#doubtful.delete(fd);
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
