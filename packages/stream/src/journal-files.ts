import { stat, type FileHandle } from "node:fs/promises";
import { errorCode, type JournalLocation } from "@plumbline/core";
import {
  listSegments,
  openIfThere,
  packingOf,
  readChunks,
  unpackChunks,
  type Packing,
  type ReadAt,
  type Segment,
} from "@plumbline/jsonl";

/** A journal's folder as a reader needs it; a test puts a scheduler in its place. */
export interface JournalFiles {
  /** The sealed segments, oldest first. */
  list(): Promise<readonly Segment[]>;
  /** Opens a file, or resolves with `undefined` when nothing is there under this name (any more). */
  open(path: string): Promise<OpenJournalFile | undefined>;
}

/** A file of a journal, held open: it stays readable whatever becomes of its name. */
export interface OpenJournalFile {
  readonly readAt: ReadAt;
  size(): Promise<number>;
  /** Whether the path still leads to this file. */
  isAt(path: string): Promise<boolean>;
  /** Its unpacked bytes, for a compressed one. */
  unpacked(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** The files of a journal on disk. Everything rejects with `PLB_JSONL_READ_FAILED`, or with the system's error. */
export function createJournalFiles(location: JournalLocation): JournalFiles {
  return {
    list: async () => (await listSegments(location)).segments,
    open: async (path) => {
      const handle = await openIfThere(path);
      return handle === undefined ? undefined : new FileOnDisk(handle, packingOf(path) ?? "gzip");
    },
  };
}

class FileOnDisk implements OpenJournalFile {
  readonly #handle: FileHandle;
  readonly #packing: Packing;
  readonly readAt: ReadAt;

  constructor(handle: FileHandle, packing: Packing) {
    this.#handle = handle;
    this.#packing = packing;
    this.readAt = async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async isAt(path: string): Promise<boolean> {
    const opened = await this.#handle.stat({ bigint: true });
    try {
      const there = await stat(path, { bigint: true });
      return there.dev === opened.dev && there.ino === opened.ino;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    }
  }

  unpacked(): AsyncIterable<Buffer> {
    return unpackChunks(readChunks(this.#handle), this.#packing);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
