import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, EventLine, JournalLocation } from "@plumbline/core";
import { formatConsumerFileName, LINE_END } from "@plumbline/jsonl";

/** What dead letters need to be kept. */
export interface DeadLettersOptions {
  readonly location: JournalLocation;
  readonly consumer: string;
  readonly clock: Clock;
  /** The file does not grow beyond this; what comes then is only counted. */
  readonly maxBytes: number;
}

const MODE = 0o600;
const LINE_FEED = 0x0a;

/**
 * Events that a sink will not take, whole, each with the reason, in a file of lines beside the journal: `<stem>.dead-<consumer>`.
 */
export class DeadLetters {
  readonly #o: DeadLettersOptions;
  readonly #path: string;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(options: DeadLettersOptions) {
    this.#o = options;
    this.#path = join(
      options.location.directory,
      formatConsumerFileName(options.location.stem, "dead", options.consumer),
    );
  }

  /** Sets events aside. Resolves with how many there was room for, in the file, and rejects with the system's error. */
  async add(lines: readonly EventLine[], code: string, reason: string | undefined): Promise<number> {
    const handle = (this.#handle ??= await this.#open());
    const { clock, consumer, maxBytes } = this.#o;
    const setAside = new Date(clock.nowMicros() / 1000).toISOString();
    const head = JSON.stringify({ set_aside: setAside, consumer, code, ...(reason === undefined ? {} : { reason }) });
    let text = "";
    let kept = 0;
    let bytes = 0;
    for (const { line } of lines) {
      // A line is JSON text already, and stays as it is.
      const letter = `${head.slice(0, -1)},"event":${line}}${LINE_END}`;
      const size = Buffer.byteLength(letter);
      if (this.#size + bytes + size > maxBytes) break;
      text += letter;
      bytes += size;
      kept += 1;
    }
    if (kept > 0) await handle.write(Buffer.from(text), 0, bytes, this.#size);
    this.#size += bytes;
    return kept;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, "a+", MODE);
    try {
      const { size } = await handle.stat();
      this.#size = size;
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      // What a crash has cut is ended, so that nothing is glued to it.
      if (size > 0 && last[0] !== LINE_FEED) {
        await handle.write(LINE_END);
        this.#size += 1;
      }
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}
