import { createEpoch, type EventId } from "@plumbline/core";
import { fromSystem, isThere } from "./system-error.ts";
import type { ActiveFileOptions, ForeignChange } from "./active-file-options.ts";
import { FileAge } from "./file-age.ts";
import type { FileFacts } from "./file-driver.ts";
import { FileStart } from "./file-start.ts";
import { FileWatch } from "./file-watch.ts";
import { openRegularFile } from "./open-regular-file.ts";
import { readEndIds, readIdAt, setTornTailAside } from "./recovery.ts";
import { isNameTaken, sealingPath } from "./segment-paths.ts";

/** A file that cannot be sealed goes on, however large, and is tried again after this long. */
const ROTATE_AGAIN_MS = 5000;

/**
 * The file being written: its descriptor, how much of it is whole lines, and the id it begins with. All but `open` is
 * called under the gate.
 */
export class ActiveFile {
  readonly age: FileAge;
  readonly #o: ActiveFileOptions;
  #fd = -1;
  readonly #watch: FileWatch;
  readonly #start = new FileStart();
  #rotateAgainMs = Number.NEGATIVE_INFINITY;
  /** While what others did to the file is mended: the descriptor that was written to before, whose size is known. */
  #mending: number | undefined;
  /** The name that a rotation has given the file, while there is no other to go on in. */
  #sealing: string | undefined;
  /** Bytes of a half line stand behind the last whole one. */
  #isUncut = false;
  #epoch = "";
  /** Bytes of whole lines: the next one goes here. */
  size = 0;
  /** How often a file was found or made under the path. */
  names = 0;

  constructor(options: ActiveFileOptions) {
    this.#o = options;
    this.#watch = new FileWatch(options.driver, options.clock, options.location.path);
    this.age = new FileAge(options.clock, options.maxAgeMs);
  }

  get fd(): number {
    return this.#fd;
  }

  get path(): string {
    return this.#o.location.path;
  }

  /** What it may hold; unbounded for a while after it could not be sealed, and where all in it is from others. */
  get maxBytes(): number {
    const isUnbounded = this.#isPostponed || (this.size > 0 && !this.#start.isIn(this.size));
    return isUnbounded ? Number.POSITIVE_INFINITY : this.#o.maxBytes;
  }

  /** The id that the file begins with. */
  get first(): EventId | undefined {
    return this.#start.id;
  }

  /** Whether it holds lines and is older than it may get. */
  get isAged(): boolean {
    return this.#mayRotate && this.age.isOver;
  }

  /**
   * Opens the file or makes it, and sets a torn tail aside. Resolves with the id of its last line, where it has one.
   * Rejects with `PLB_FILE_IS_DIRECTORY`, `PLB_FILE_NOT_REGULAR`, `PLB_FILE_HARD_LINKED`, `PLB_FILE_NO_ACCESS`,
   * `PLB_FILE_DISK_FULL` or `PLB_FILE_OPEN_FAILED`.
   */
  async open(): Promise<EventId | undefined> {
    try {
      return await this.#o.betweenSyncs(() => this.#openPath());
    } catch (error) {
      throw fromSystem(error, "PLB_FILE_OPEN_FAILED", this.path);
    }
  }

  /** From now on lines of this epoch are written, the first with `seq` 1. */
  begin(epoch: string): void {
    this.#epoch = epoch;
    if (this.size === 0) this.#start.begin({ epoch, seq: 1 });
    // Lines without ids: from another program. The segment gets a name of its own that sorts before ours.
    this.#start.id ??= { epoch: createEpoch(this.age.createdMs * 1000, this.#o.random), seq: 1 };
  }

  /** What others did to the file since it was written last. Throws the system's error. */
  inspect(): ForeignChange | undefined {
    if (this.#isUncut) this.cutBack();
    return this.#watch.inspect(this.#fd, this.size, { mayBeLonger: this.#isUncut });
  }

  /** Goes on after {@link inspect}: on whole lines, or in a new file where the path has another. */
  async mend(change: ForeignChange, nextSeq: number): Promise<void> {
    this.#mending = this.#fd;
    const before = { id: this.#start.id, isIn: this.#start.isIn(this.size) };
    try {
      if (change === "moved") await this.#reopen();
      else await this.#o.betweenSyncs(() => (change === "holed" ? this.#closeHole() : this.#recover()));
      this.#start.changed(change, before, this.size, { epoch: this.#epoch, seq: nextSeq });
    } finally {
      this.#mending = undefined;
    }
    this.#o.onForeignChange(change);
  }

  /** Gives the file its segment's name and begins a new one. If that cannot be done, the file goes on as it is for a while. */
  async rotate(nextSeq: number): Promise<void> {
    if (!this.#mayRotate) return;
    const { driver, location } = this.#o;
    try {
      if (this.#isUncut) this.#cut(); // a segment ends in a whole line
      if (this.#watch.hole.isIn(this.#fd, this.size)) await this.mend("holed", nextSeq);
      await this.#o.syncLeft?.();
      const sealing = this.#sealing ?? this.#sealingPath();
      if (this.#sealing === undefined) await driver.rename(this.path, sealing);
      this.#sealing = sealing;
      await this.#openNext(sealing, nextSeq);
      // Where this fails, so does the next sync, which does it again.
      if (this.#o.syncLeft !== undefined) await driver.syncDirectory(location.directory).catch(() => undefined);
    } catch (error) {
      this.#postpone(error);
    }
  }

  /** {@link rotate}, at exit: the segment is sealed by whoever opens the journal next. */
  rotateSync(nextSeq: number): void {
    if (!this.#mayRotate) return;
    const { driver, mode } = this.#o;
    try {
      if (this.#isUncut) this.#cut();
      if (this.#o.syncLeft !== undefined) driver.syncSync(this.#fd);
      const sealing = this.#sealing ?? this.#sealingPath();
      if (this.#sealing === undefined) driver.renameSync(this.path, sealing);
      try {
        this.#startNew(driver.openSync(this.path, "create", mode), nextSeq);
        this.#sealing = undefined;
      } catch (error) {
        if (!isThere(error)) driver.renameSync(sealing, this.path);
        throw error;
      }
    } catch (error) {
      this.#postpone(error);
    }
  }

  /** Cuts off what stands behind the last whole line, after a write that failed half-way. */
  cutBack(): void {
    try {
      this.#cut();
    } catch {
      // A disk that refuses this as well: the next attempt writes the same bytes at the same place.
      this.#isUncut = true;
    }
  }

  #cut(): void {
    if (this.#o.driver.lookSync(this.#fd).size > this.size) this.#o.driver.truncateSync(this.#fd, this.size);
    this.#isUncut = false;
  }

  /** Finds the end of the file synchronously, when it exits in the midst of {@link mend}. */
  settleSync(): void {
    if (this.#mending === undefined) return;
    const { size } = this.#o.driver.lookSync(this.#fd);
    if (size === this.size && this.#fd === this.#mending) return; // whole lines, as they were left
    this.size = size;
    if (size === 0) return;
    // What stands before may be torn: a line feed keeps it from being glued to the next line.
    this.size += this.writeSync(Buffer.from("\n"), 0, 1, this.size);
  }

  /** Whether the file has exactly so many bytes; `false` when that cannot be found out. */
  sizeIs(bytes: number): boolean {
    try {
      return this.#o.driver.lookSync(this.#fd).size === bytes;
    } catch {
      return false; // the write in flight will say what is wrong
    }
  }

  writeSync(bytes: Uint8Array, start: number, length: number, position: number): number {
    return this.#o.driver.writeSync(this.#fd, bytes, start, length, position);
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) await this.#o.driver.close(fd);
  }

  #sealingPath(): string {
    return sealingPath(this.#o.location, this.#start.id ?? { epoch: this.#epoch, seq: 1 });
  }

  get #mayRotate(): boolean {
    return this.#start.isIn(this.size) && !this.#isPostponed;
  }

  get #isPostponed(): boolean {
    return this.#o.clock.monotonicMs() < this.#rotateAgainMs;
  }

  #postpone(error: unknown): void {
    this.#rotateAgainMs = this.#o.clock.monotonicMs() + ROTATE_AGAIN_MS;
    this.#o.onRotationFailed(error);
  }

  async #openNext(sealing: string, nextSeq: number): Promise<void> {
    const { driver, mode } = this.#o;
    const old = this.#fd;
    let fd: number;
    try {
      fd = await driver.open(this.path, "create", mode);
    } catch (error) {
      // Others have made a file under the path meanwhile: it stays, and lines go on in it.
      if (isThere(error)) return this.mend("moved", nextSeq);
      await driver.rename(sealing, this.path);
      this.#sealing = undefined;
      throw error;
    }
    this.#startNew(fd, nextSeq);
    this.#leave(old);
  }

  #leave(fd: number): void {
    const path = this.#sealing;
    this.#sealing = undefined;
    this.#o.onLeft({ fd, path });
  }

  #startNew(fd: number, nextSeq: number): void {
    this.#fd = fd;
    this.names += 1;
    this.size = 0;
    this.#start.begin({ epoch: this.#epoch, seq: nextSeq });
    this.#take(this.#o.driver.factsOfSync(fd));
    this.age.begin();
  }

  #take(facts: FileFacts): void {
    this.#watch.begin(facts);
    this.age.set(facts.createdMs);
  }

  async #openPath(): Promise<EventId | undefined> {
    const { driver } = this.#o;
    const old = this.#fd;
    const { fd, isNew } = await openRegularFile(driver, this.path, this.#o.mode);
    try {
      this.#fd = fd;
      this.names += 1;
      const last = await this.#recover();
      if (isNew) this.age.begin();
      return last;
    } catch (error) {
      this.#fd = old;
      await driver.close(fd);
      throw error;
    }
  }

  /** Sets a torn tail aside and takes stock of the file as it is now. */
  async #recover(): Promise<EventId | undefined> {
    const { driver, location, mode, clock } = this.#o;
    const place = { directory: location.directory, stem: location.stem, mode, nowMicros: clock.nowMicros() };
    const recovered = await setTornTailAside(driver, this.#fd, place);
    if (recovered !== undefined) this.#o.onRecovered(recovered);
    const facts = driver.factsOfSync(this.#fd);
    this.#take(facts);
    const ids = await readEndIds(driver, this.#fd, facts.size);
    // A copy of a segment that somebody has put back: under the same name what follows would be taken for sealed, and thrown away.
    const isCopy = ids.first !== undefined && (await isNameTaken(driver, location, ids.first));
    this.#start.id = isCopy ? undefined : ids.first;
    this.size = facts.size;
    return ids.last;
  }

  async #closeHole(): Promise<undefined> {
    const end = await this.#watch.hole.close(this.#fd, this.size);
    this.#o.onHole(this.#fd, end);
    this.#start.id = await readIdAt(this.#o.driver, this.#fd, end);
  }

  /** The path has another file, or none: what was written stays with whoever moved it. */
  async #reopen(): Promise<void> {
    const old = this.#fd;
    await this.#o.syncLeft?.();
    await this.#o.confirmPlace();
    await this.#o.betweenSyncs(async () => {
      await this.#openPath();
      this.#leave(old);
    });
  }
}
