import { createHash } from "node:crypto";
import { type FarHandle, OPEN, type SftpSession } from "./sftp-session.ts";

/** Requests that are unanswered at a time. */
const DEPTH = 16;

/** What the server has of a file. */
export interface FarDigest {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** Size and SHA-256 of what the server has, read back from the first byte on; `tail` is hashed behind it. */
export async function digestFar(
  session: SftpSession,
  handle: FarHandle,
  tail: Uint8Array = new Uint8Array(),
): Promise<FarDigest> {
  const { size } = await session.fstat(handle);
  const hash = createHash("sha256");
  let found = 0;
  for await (const bytes of readLinearly(session, handle, size)) {
    hash.update(bytes);
    found += bytes.length;
  }
  return { size: found + tail.length, sha256: hash.update(tail).digest("hex") };
}

/** Reads a file back behind its writer: what was acknowledged is asked for, a bounded part of it at a time. */
export class ReadBehind {
  readonly #session: SftpSession;
  readonly #handle: FarHandle;
  readonly #hash = createHash("sha256");
  readonly #asked: Promise<Buffer>[] = [];
  readonly #done: Promise<void>;
  #askedBytes = 0;
  #foundBytes = 0;
  #writtenBytes = 0;
  #isWhole = false;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(session: SftpSession, handle: FarHandle) {
    this.#session = session;
    this.#handle = handle;
    this.#done = this.#run();
    this.#done.catch(() => undefined); // told by `whole`
  }

  /** So many bytes are written. */
  grown(writtenBytes: number): void {
    this.#writtenBytes = writtenBytes;
    this.#wake();
  }

  /** Nothing more is written: resolves when all is read. */
  async whole(): Promise<FarDigest> {
    this.#isWhole = true;
    this.#wake();
    await this.#done;
    return { size: this.#foundBytes, sha256: this.#hash.digest("hex") };
  }

  /** Asks for no more. */
  stop(): void {
    this.#isOver = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      this.#ask();
      const next = this.#asked.shift();
      if (next !== undefined) {
        const bytes = await next;
        this.#hash.update(bytes);
        this.#foundBytes += bytes.length;
      } else if (this.#isWhole) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #ask(): void {
    const { readBytes } = this.#session;
    // Less than a whole request is left for later, until there is no more.
    const least = this.#isWhole ? 1 : readBytes;
    while (this.#asked.length < DEPTH && this.#writtenBytes - this.#askedBytes >= least) {
      const length = Math.min(readBytes, this.#writtenBytes - this.#askedBytes);
      const part = readPart(this.#session, this.#handle, this.#askedBytes, length);
      part.catch(() => undefined); // it is awaited in its turn
      this.#asked.push(part);
      this.#askedBytes += length;
    }
  }
}

/** The text of a small file. */
export async function readFarText(session: SftpSession, path: string): Promise<string> {
  const handle = await session.open(path, OPEN.read);
  try {
    const { size } = await session.fstat(handle);
    const parts: Buffer[] = [];
    for await (const bytes of readLinearly(session, handle, size)) parts.push(bytes);
    return Buffer.concat(parts).toString("utf8");
  } finally {
    await session.close(handle);
  }
}

async function* readLinearly(session: SftpSession, handle: FarHandle, size: number): AsyncGenerator<Buffer> {
  const asked: Promise<Buffer>[] = [];
  for (let at = 0; at < size || asked.length > 0;) {
    while (asked.length < DEPTH && at < size) {
      const part = readPart(session, handle, at, Math.min(session.readBytes, size - at));
      part.catch(() => undefined); // it is awaited in its turn; until then it must not count as unhandled
      asked.push(part);
      at += session.readBytes;
    }
    const next = await asked.shift();
    if (next !== undefined) yield next;
  }
}

/** A server may answer with less than was asked for: only nothing means the end. */
async function readPart(session: SftpSession, handle: FarHandle, from: number, length: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = await session.read(handle, part.subarray(filled), from + filled);
    if (count === 0) break;
    filled += count;
  }
  return part.subarray(0, filled);
}
