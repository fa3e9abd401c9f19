import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { digestFile } from "./digest-file.ts";

/** What a file holds. */
export interface FileDigest {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** What the thread is told of a file. */
export interface DigestOrder {
  readonly id: number;
  readonly path: string;
  /** Bytes from its beginning that may be read. */
  readonly written: number;
  /** All of it is written: what it holds is to be told. */
  readonly isWhole: boolean;
  /** Nobody wants to know any more. */
  readonly isOver: boolean;
}

export interface DigestAnswer {
  readonly id: number;
  /** `undefined` where it could not be read. */
  readonly found: FileDigest | undefined;
}

/** A file that is read behind its writer. */
export interface FollowedFile {
  /** So many bytes are written. */
  grown(written: number): void;
  /** Resolves with what was read when all of it is. Rejects with the system's error, or when the signal aborts. */
  whole(written: number, signal: AbortSignal): Promise<FileDigest>;
  /** Lets go of it; safe at any time. */
  close(): void;
}

type Settle = (found: FileDigest | undefined) => void;

/**
 * Reads and hashes files in a thread of its own, which is started with the first of them and holds a quarter of a mebibyte whatever their sizes: neither the event loop
 * nor the threads that file operations share are held up. Several files take turns. Where no thread can be had (in a bundle without this package's files, say), a file is
 * read when it is whole, and here.
 */
export class DigestThread {
  readonly #program: URL;
  readonly #asked = new Map<number, Settle>();
  #worker: Worker | undefined;
  #lacksThreads = false;
  #lastId = 0;

  constructor(program: URL = new URL("./digest-worker.js", import.meta.url)) {
    this.#program = program;
  }

  /** Begins to read a regular file, links not followed. */
  follow(path: string): FollowedFile {
    const id = ++this.#lastId;
    let told: Worker | undefined;
    const tell = (written: number, more: Partial<DigestOrder>): void => {
      told ??= this.#running();
      told?.postMessage({ id, path, written, isWhole: false, isOver: false, ...more } satisfies DigestOrder);
    };
    return {
      grown: (written) => tell(written, {}),
      whole: async (written, signal) => {
        signal.throwIfAborted();
        const found = await this.#ask(id, signal, () => {
          tell(written, { isWhole: true });
          return told;
        });
        signal.throwIfAborted();
        return found ?? digestHere(path, signal);
      },
      close: () => {
        if (told !== undefined) tell(0, { isOver: true });
      },
    };
  }

  /** Ends the thread. What is asked for still is done here. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #ask(id: number, signal: AbortSignal, tell: () => Worker | undefined): Promise<FileDigest | undefined> {
    let giveUp = (): void => undefined;
    try {
      return await new Promise<FileDigest | undefined>((settle) => {
        giveUp = () => settle(undefined);
        signal.addEventListener("abort", giveUp, { once: true });
        this.#asked.set(id, settle);
        const worker = tell();
        if (worker === undefined || worker !== this.#worker) settle(undefined); // it has ended since
        else worker.ref();
      });
    } finally {
      signal.removeEventListener("abort", giveUp);
      this.#asked.delete(id);
      if (this.#asked.size === 0) this.#worker?.unref(); // an idle thread keeps no process alive
    }
  }

  #running(): Worker | undefined {
    if (this.#worker !== undefined || this.#lacksThreads) return this.#worker;
    // With nothing of what the process itself was told to load.
    const worker = new Worker(this.#program, {
      execArgv: [],
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    worker.unref();
    worker.on("message", ({ id, found }: DigestAnswer) => this.#asked.get(id)?.(found));
    worker.on("error", () => {
      this.#lacksThreads = true;
    });
    worker.on("exit", () => {
      this.#worker = undefined;
      for (const settle of this.#asked.values()) settle(undefined);
    });
    this.#worker = worker;
    return worker;
  }
}

async function digestHere(path: string, signal: AbortSignal): Promise<FileDigest> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await digestFile(handle, signal);
  } finally {
    await handle.close();
  }
}
