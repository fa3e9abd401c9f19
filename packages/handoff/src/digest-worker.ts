// What `digest-thread.ts` runs in a thread of its own.
import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { DigestAnswer, DigestOrder } from "./digest-thread.ts";

/** Small enough to stay in a core's own cache between the read and the hash. */
const CHUNK_BYTES = 256 * 1024;
/** Read at a stretch before another file has its turn. */
const TURN_CHUNKS = 8;

const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

class FollowedFile {
  readonly #fd: number;
  readonly #hash: Hash = createHash("sha256");
  #read = 0;
  #written = 0;
  #isWhole = false;
  #isDue = false;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  }

  /** So much of it may be read. */
  grow(written: number, isWhole: boolean): void {
    this.#written = written;
    this.#isWhole = isWhole;
  }

  /** Reads on, some at a time, and calls `whole` when all is read, `failed` when it cannot be. */
  run(whole: (found: DigestAnswer["found"]) => void): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      try {
        if (this.#turn()) this.run(whole);
        else if (this.#isWhole) whole({ size: this.#read, sha256: this.#hash.digest("hex") });
      } catch {
        whole(undefined); // who asked reads it once more, and gets the error itself
      }
    });
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Whether there is more to read now. Of a file that is whole, its end is looked for: it may have more than was written. */
  #turn(): boolean {
    for (let count = 0; count < TURN_CHUNKS; count++) {
      const most = this.#isWhole ? chunk.length : Math.min(chunk.length, this.#written - this.#read);
      const bytes = most === 0 ? 0 : readSync(this.#fd, chunk, 0, most, this.#read);
      if (bytes === 0) return false;
      this.#hash.update(chunk.subarray(0, bytes));
      this.#read += bytes;
    }
    return true;
  }
}

const files = new Map<number, FollowedFile>();

function drop(id: number): void {
  files.get(id)?.close();
  files.delete(id);
}

parentPort?.on("message", ({ id, path, written, isWhole, isOver }: DigestOrder) => {
  if (isOver) return drop(id);
  const answer = (found: DigestAnswer["found"]): void => {
    drop(id);
    parentPort?.postMessage({ id, found } satisfies DigestAnswer);
  };
  try {
    const file = files.get(id) ?? new FollowedFile(path);
    files.set(id, file);
    file.grow(written, isWhole);
    file.run(answer);
  } catch {
    answer(undefined);
  }
});
