import type { FileDriver } from "./file-driver.ts";
import { WaitList } from "./wait-list.ts";

export interface SyncGroupOptions {
  readonly driver: FileDriver;
  /** The file being written. */
  readonly fd: () => number;
  /** The last number that is in it. */
  readonly writtenSeq: () => number;
  /** All up to this number is on the device. */
  readonly onSynced: (seq: number) => void;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * One fdatasync for all that wait: those who come while one runs share the next. It needs no gate, because it changes
 * nothing; what is written after it began is left to the next one.
 */
export class SyncGroup {
  readonly #o: SyncGroupOptions;
  readonly #waits = new WaitList();
  readonly #behind = new Set<Promise<void>>();
  #syncedSeq = 0;
  #isWanted = false;
  #current: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(options: SyncGroupOptions) {
    this.#o = options;
  }

  get isWaitedFor(): boolean {
    return !this.#waits.isEmpty;
  }

  /** Resolves when the number, which is in the file, is on the device. Rejects with the system's error. */
  whenSynced(seq: number): Promise<void> {
    if (seq <= this.#syncedSeq) return Promise.resolve();
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

  /** Segments that were left behind by a rotation are synced by their sealing; later numbers wait for that as well. */
  leaveBehind(sealed: Promise<void>): void {
    this.#behind.add(sealed);
    sealed.then(
      () => this.#behind.delete(sealed),
      (error: unknown) => {
        this.#behind.delete(sealed);
        this.#o.onTrouble(error);
        this.#waits.rejectAll(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  /** Settles with the sync under way: until then its descriptor must not be closed. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#current]);
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      const target = this.#o.writtenSeq();
      try {
        // A rotation while this waits leaves another one behind.
        while (this.#behind.size > 0) await Promise.all(this.#behind);
        this.#current = this.#o.driver.sync(this.#o.fd());
        await this.#current;
        this.#syncedSeq = target;
        this.#o.onSynced(target);
        this.#waits.reach(target);
      } catch (error) {
        // The kernel may have dropped the pages it could not write: trying again would report success for nothing.
        this.#waits.rejectAll(error instanceof Error ? error : new Error(String(error)));
        this.#o.onTrouble(error);
      }
      if (!this.#waits.isEmpty) this.#isWanted = true;
    }
    this.#isRunning = false;
  }
}
