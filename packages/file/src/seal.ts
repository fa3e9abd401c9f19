import { join } from "node:path";
import type { Transform } from "node:stream";
import { createBackoff, type Backoff, type Clock, type ClockTimer, type JournalLocation } from "@plumbline/core";
import { createPacker, PACKING_ENDINGS, packingOf, parseSegmentName, type Packing } from "@plumbline/jsonl";
import type { FileDriver } from "./file-driver.ts";
import { setTornTailAside } from "./recovery.ts";
import { finalPath, isSealed } from "./segment-paths.ts";
import { systemCode } from "./system-error.ts";
import { writeAgain, writeAll } from "./write-all.ts";

const READ_BYTES = 1024 * 1024;

export interface SealerOptions {
  readonly location: JournalLocation;
  readonly driver: FileDriver;
  readonly clock: Clock;
  readonly compress: Packing | "none";
  readonly mode: number;
  readonly random: () => number;
  /** After each segment that has got its final form. */
  readonly onSealed: () => void;
  /** Others have removed a segment before it had it. */
  readonly onGone: (path: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** What is to be sealed: what stands before `ownStart` was there when this run opened the file. */
interface Segment {
  readonly path: string;
  readonly ownStart: number;
  /** Its lines are on the device. */
  readonly onSynced: (() => void) | undefined;
}

/**
 * Brings segments from `.sealing` to their one final form, in the background, one after the other: synced, compressed if
 * asked for, and only then under the name that says so. What a crash leaves half-way is finished at the next start; what
 * fails is tried again, and meanwhile read under the name it has.
 */
export class Sealer {
  readonly #o: SealerOptions;
  readonly #backoff: Backoff;
  #last: Promise<void> = Promise.resolve();
  /** What begins another attempt of a segment that has failed, by the timer that it waits for. */
  readonly #retries = new Map<ClockTimer, () => void>();
  #waiting = 0;
  #isClosed = false;

  constructor(options: SealerOptions) {
    this.#o = options;
    this.#backoff = createBackoff({ initialMs: 1000, maxMs: 60_000, random: options.random });
  }

  /** Segments that have no final form yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Seals a segment that has just been rotated out, once `synced` says that its lines, from `ownStart` on, are on the device.
   * Resolves when they are: at another attempt where that rejects.
   */
  add(path: string, ownStart: number, synced: Promise<void>): Promise<void> {
    return new Promise((resolve) => this.#enqueue({ path, ownStart, onSynced: resolve }, () => synced));
  }

  /** Seals what an earlier run left. */
  async adoptLeftovers(): Promise<void> {
    const { driver, location } = this.#o;
    for (const fileName of (await driver.list(location.directory)).toSorted()) {
      // What is being packed has the ending of its packing behind that of the segment: no reader takes it for one.
      const packing = packingOf(fileName);
      const isPacking = packing !== undefined;
      const name = parseSegmentName(isPacking ? fileName.slice(0, -PACKING_ENDINGS[packing].length) : fileName);
      if (name?.stem !== location.stem || name.form !== "sealing") continue;
      const path = join(location.directory, fileName);
      if (isPacking) await driver.unlink(path);
      else {
        const segment = { path, ownStart: Number.POSITIVE_INFINITY, onSynced: undefined };
        this.#enqueue(segment, () => this.#makeWhole(segment, "first"));
      }
    }
  }

  /** Resolves when nothing is under way. */
  async whenIdle(): Promise<void> {
    let seen: Promise<void> | undefined;
    while (seen !== this.#last) {
      seen = this.#last;
      await seen;
    }
  }

  /** Tries again at once what has failed. */
  retryNow(): void {
    for (const retry of this.#retries.values()) retry();
  }

  /** Begins nothing new; the next start takes up what is left. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#retries.keys()) timer.cancel();
    this.#retries.clear();
  }

  #enqueue(segment: Segment, prepare: () => Promise<void>): void {
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#finish(segment, prepare));
  }

  async #finish(segment: Segment, prepare: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return;
    const { path, onSynced } = segment;
    let isSynced = false;
    try {
      await prepare();
      isSynced = true;
      onSynced?.();
      await this.#seal(path);
      this.#backoff.reset();
      this.#waiting -= 1;
      this.#o.onSealed();
    } catch (error) {
      if (await this.#isGone(path, error)) {
        // Removed by others: nothing is left to be sealed, and nothing to wait for.
        this.#waiting -= 1;
        onSynced?.();
        this.#o.onGone(path);
        return;
      }
      this.#o.onTrouble(error);
      const retry = (): void => {
        timer.cancel();
        this.#retries.delete(timer);
        this.#waiting -= 1;
        this.#enqueue(segment, () => this.#makeWhole(segment, isSynced ? "synced" : "doubtful"));
      };
      const timer = this.#o.clock.setTimer(retry, this.#backoff.next());
      this.#retries.set(timer, retry);
    }
  }

  async #isGone(path: string, error: unknown): Promise<boolean> {
    if (systemCode(error) !== "ENOENT") return false;
    const [facts] = await Promise.allSettled([this.#o.driver.facts(path)]);
    return facts.status === "fulfilled" && facts.value === undefined;
  }

  async #seal(path: string): Promise<void> {
    const { driver, location, compress } = this.#o;
    const fileName = path.slice(location.directory.length + 1);
    const name = parseSegmentName(fileName);
    if (name === undefined) return;
    const id = { epoch: name.epoch, seq: name.firstSeq };
    // A crash between giving the final name and removing this one: the final form is whole, or it would have no name.
    const isDone = await isSealed(driver, location, id);
    if (!isDone) {
      const final = finalPath(location, id, compress);
      if (compress === "none") await driver.rename(path, final);
      else await this.#pack(path, compress, final);
    }
    await driver.syncDirectory(location.directory);
    if (isDone || compress !== "none") await driver.unlink(path);
  }

  async #pack(path: string, packing: Packing, final: string): Promise<void> {
    const { driver, mode } = this.#o;
    const temporary = path + PACKING_ENDINGS[packing];
    await driver.unlink(temporary);
    const from = await driver.open(path, "read", mode);
    try {
      const to = await driver.open(temporary, "create", mode);
      try {
        await pump(driver, from, to, createPacker(packing));
        await driver.sync(to);
      } finally {
        await driver.close(to);
      }
    } finally {
      await driver.close(from);
    }
    await driver.rename(temporary, final);
  }

  async #makeWhole({ path, ownStart }: Segment, state: "first" | "doubtful" | "synced"): Promise<void> {
    const { driver, location, mode, clock } = this.#o;
    const fd = await driver.open(path, "existing", mode);
    try {
      await setTornTailAside(driver, fd, { ...location, mode, nowMicros: clock.nowMicros() });
      if (state === "doubtful") await writeAgain(driver, fd, { start: 0, ownStart, end: driver.lookSync(fd).size });
      await driver.sync(fd);
    } finally {
      await driver.close(fd);
    }
  }
}

/** The packer works in the thread pool, so the event loop only moves buffers: docs/decisions/0009. */
async function pump(driver: FileDriver, from: number, to: number, packer: Transform): Promise<void> {
  const feed = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let position = 0; ;) {
      const count = await driver.read(from, buffer, position);
      if (count === 0) break;
      position += count;
      // Until it is taken in whole, the buffer is the packer's.
      await new Promise<void>((resolve, reject) =>
        packer.write(buffer.subarray(0, count), (error) => (error instanceof Error ? reject(error) : resolve())),
      );
    }
    packer.end();
  };
  const drain = async (): Promise<void> => {
    let position = 0;
    const pieces: AsyncIterable<Buffer> = packer;
    for await (const bytes of pieces) {
      await writeAll(driver, to, bytes, position);
      position += bytes.length;
    }
  };
  try {
    await Promise.all([feed(), drain()]);
  } finally {
    packer.destroy();
  }
}
