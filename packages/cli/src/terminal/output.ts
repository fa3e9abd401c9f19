import type { Writable } from "node:stream";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Bytes of text gathered before they are written: one system call for many short lines. */
const BATCH_LENGTH = 64 * 1024;
/** Characters that may wait for a reader whom nobody waits for. */
const MAX_SAID_LENGTH = 1024 * 1024;

/** The reader of the output has gone (`plumbline tail | head`): not a failure, there is nobody left to write for. */
export class OutputClosedError extends Error {
  constructor() {
    super("the reader of the output has gone");
    this.name = "OutputClosedError";
  }
}

/**
 * Standard output or standard error: gathers text and waits for the stream, so that memory stays flat however slow the reader is.
 * Rejects with {@link OutputClosedError} when the reader has gone, with `PLB_CLI_OUTPUT_FAILED` when the system refuses the write.
 */
export class Output {
  readonly isTerminal: boolean;
  readonly #stream: Writable;
  readonly #failed = new AbortController();
  #pending = "";
  #failure: Error | undefined;
  #saying: Promise<void> | undefined;
  #leftOut = 0;

  constructor(stream: Writable, isTerminal: boolean) {
    this.#stream = stream;
    this.isTerminal = isTerminal;
    // Without a listener the error would end the process with a stack trace; the write that failed reports it.
    stream.on("error", (error) => this.#fail(error));
  }

  /** Aborts, with `PLB_CLI_OUTPUT_FAILED`, when the system has refused a write; not when the reader has gone. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** What was said and left out: the reader was too slow for it. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * Adds text, and has it written at once, one write after the other. Nobody waits for it and nothing fails by it: a failure is told by the next {@link flush}.
   * While 1 MiB waits for the reader, more is left out, and counted.
   */
  say(text: string): void {
    if (this.#failure !== undefined) return;
    if (this.#pending.length + text.length > MAX_SAID_LENGTH) {
      this.#leftOut += 1;
      return;
    }
    this.#pending += text;
    this.#saying ??= this.#sayAll();
  }

  /** Adds text to what has gathered; for the few lines of a command that says little. */
  print(text: string): void {
    this.#pending += text;
  }

  /** Adds text; writes when enough has gathered. */
  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= BATCH_LENGTH) await this.flush();
  }

  /** Writes what has gathered. */
  async flush(): Promise<void> {
    if (this.#saying !== undefined) await this.#saying;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    await this.#send(text);
  }

  /** Writes bytes as they are, after what has gathered. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    if (bytes.length > 0) await this.#send(bytes);
  }

  async #sayAll(): Promise<void> {
    try {
      while (this.#pending !== "") {
        const text = this.#pending;
        this.#pending = "";
        await this.#send(text);
      }
    } catch {
      // Kept: the next flush throws it.
    } finally {
      this.#saying = undefined;
    }
  }

  #send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(data, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.#fail(error));
      });
    });
  }

  #fail(error: unknown): Error {
    if (this.#failure === undefined) {
      this.#failure = toFailure(error);
      if (!(this.#failure instanceof OutputClosedError)) this.#failed.abort(this.#failure);
    }
    return this.#failure;
  }
}

function toFailure(error: unknown): Error {
  const code = errorCode(error);
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ERR_STREAM_WRITE_AFTER_END")
    return new OutputClosedError();
  return cliError("PLB_CLI_OUTPUT_FAILED", {
    message: `The output could not be written (${code}).`,
    cause: error,
    details: { code },
  });
}
