import { constants, write } from "node:fs";
import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { errorCode, type JournalLocation } from "@plumbline/core";
import { formatConsumerFileName } from "@plumbline/jsonl";
import { parsePosition } from "./position.ts";
import { streamError } from "./stream-error.ts";

/** How far a consumer has come. */
export interface StoredCursor {
  /** The position behind everything that is settled: `epoch:seq`, or `epoch:0` while nothing of the epoch is. */
  readonly done: string;
  /** The position behind everything that was handed out; what is beyond `done` has an unknown outcome after a crash. */
  readonly sent: string;
}

/**
 * Where one named consumer keeps its cursor. A sink that writes into a database may bring a store of its own, which commits in the same transaction:
 * then delivery is effectively once.
 */
export interface CursorStore {
  /** The cursor as it was committed last; `undefined` for a consumer that never was here. */
  load(): Promise<StoredCursor | undefined>;
  /** Resolves when the cursor would survive a SIGKILL. Never called concurrently. */
  commit(cursor: StoredCursor): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@link createFileCursorStore}. */
export interface FileCursorStoreOptions {
  readonly location: JournalLocation;
  readonly consumer: string;
  /** Default 0o600. */
  readonly mode?: number | undefined;
}

/** One record, with its newline. Two stand in a file. */
const SLOT_BYTES = 256;
const SLOTS = 2;

/**
 * A cursor in a small file beside the journal, `<stem>.cursor-<consumer>`: two records of a fixed size, written in turn and in place, each with a number
 * and a checksum. A record that was not written to its end is not valid, and the one before it counts; no commit needs a free block on a full disk.
 * Rejects with `PLB_STREAM_STORE_FAILED`. Throws `PLB_JSONL_NAME_INVALID` for a consumer's name that is too long.
 */
export function createFileCursorStore(options: FileCursorStoreOptions): CursorStore {
  const { location, consumer, mode = 0o600 } = options;
  return new FileCursorStore(join(location.directory, formatConsumerFileName(location.stem, "cursor", consumer)), mode);
}

interface Slot extends StoredCursor {
  readonly commit: number;
}

class FileCursorStore implements CursorStore {
  readonly #path: string;
  readonly #mode: number;
  #handle: FileHandle | undefined;
  #last: Slot | undefined;

  constructor(path: string, mode: number) {
    this.#path = path;
    this.#mode = mode;
  }

  async load(): Promise<StoredCursor | undefined> {
    return this.#guarded(async () => {
      const bytes = await this.#read();
      if (bytes === undefined) return undefined;
      const slots = [0, 1].map((slot) =>
        parseSlot(bytes.toString("latin1", slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)),
      );
      const valid = slots.filter((slot) => slot !== undefined).toSorted((a, b) => b.commit - a.commit);
      this.#last = valid[0];
      if (this.#last === undefined) {
        throw streamError("PLB_STREAM_STORE_FAILED", {
          message: `The cursor of a consumer cannot be read: ${this.#path}.`,
          details: { path: this.#path },
        });
      }
      return { done: this.#last.done, sent: this.#last.sent };
    });
  }

  async commit({ done, sent }: StoredCursor): Promise<void> {
    const slot: Slot = { commit: (this.#last?.commit ?? 0) + 1, done, sent };
    await this.#guarded(async () => {
      if (this.#last === undefined) await this.#create(slot);
      else await this.#overwrite(slot);
    });
    this.#last = slot;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      this.#handle ??= await open(this.#path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
    const bytes = Buffer.alloc(SLOT_BYTES * SLOTS);
    await this.#handle.read(bytes, 0, bytes.length, 0);
    return bytes;
  }

  /** The whole file at once, under its name only when it is whole. */
  async #create(slot: Slot): Promise<void> {
    const temporary = `${this.#path}.${process.pid}.tmp`;
    const handle = await open(temporary, "w+", this.#mode);
    try {
      const bytes = Buffer.concat([formatSlot({ ...slot, commit: 0 }), formatSlot(slot)]);
      await handle.write(bytes, 0, bytes.length, 0);
      await rename(temporary, this.#path);
    } catch (error) {
      await handle.close();
      await Promise.allSettled([unlink(temporary)]);
      throw error;
    }
    this.#handle = handle;
  }

  async #overwrite(slot: Slot): Promise<void> {
    const handle = (this.#handle ??= await open(this.#path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)));
    // By the descriptor: the handle's own `write` takes several times as long, and this is done for every batch.
    await new Promise<void>((resolve, reject) => {
      write(handle.fd, formatSlot(slot), 0, SLOT_BYTES, (slot.commit % SLOTS) * SLOT_BYTES, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  async #guarded<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (cause) {
      if (errorCode(cause) === "PLB_STREAM_STORE_FAILED") throw cause;
      throw streamError("PLB_STREAM_STORE_FAILED", {
        message: `The cursor of a consumer could not be kept: ${errorCode(cause)}.`,
        cause,
        details: { path: this.#path, code: errorCode(cause) },
      });
    }
  }
}

function formatSlot({ commit, done, sent }: Slot): Buffer {
  const text = JSON.stringify({ commit, done, sent, check: checkOf(commit, done, sent) });
  return Buffer.from(`${text.padEnd(SLOT_BYTES - 1)}\n`, "latin1");
}

function parseSlot(text: string): Slot | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // it was not written to its end
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { commit, done, sent, check } = value as Readonly<Record<string, unknown>>;
  if (typeof commit !== "number" || typeof done !== "string" || typeof sent !== "string") return undefined;
  if (check !== checkOf(commit, done, sent)) return undefined;
  return parsePosition(done) === undefined || parsePosition(sent) === undefined ? undefined : { commit, done, sent };
}

function checkOf(commit: number, done: string, sent: string): string {
  return crc32(`${commit} ${done} ${sent}`).toString(16).padStart(8, "0");
}
