import type { FarHandle, SftpSession } from "./sftp-session.ts";

/**
 * Writes a file from its first byte to its last, each request after the one before and many of them unanswered at a time, within a bound. The server handles
 * them in the order in which they come. Each is acknowledged before {@link drain} resolves; the first that fails is what all later calls reject with.
 */
export class PipelinedWriter {
  readonly #session: SftpSession;
  readonly #handle: FarHandle;
  readonly #windowBytes: number;
  readonly #acknowledged: (bytes: number) => void;
  /** Where each request ends that is not acknowledged, or comes after one that is not. */
  readonly #open: { readonly end: number; isAnswered: boolean }[] = [];
  #sent = 0;
  #unanswered = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** `acknowledged` is called with how many bytes from the first on are written over there, as they become more. */
  constructor(
    session: SftpSession,
    handle: FarHandle,
    windowBytes: number,
    acknowledged: (bytes: number) => void = () => undefined,
  ) {
    this.#session = session;
    this.#handle = handle;
    this.#windowBytes = windowBytes;
    this.#acknowledged = acknowledged;
  }

  /** Bytes that were taken. */
  get size(): number {
    return this.#sent;
  }

  /** Resolves when there is room for more; the chunk may be used again then. */
  async write(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + this.#session.writeBytes);
      await this.#untilAtMost(Math.max(0, this.#windowBytes - part.length));
      this.#send(part);
      from += part.length;
    }
  }

  /** Resolves when all that was written is acknowledged. */
  async drain(): Promise<void> {
    await this.#untilAtMost(0);
  }

  #send(part: Buffer): void {
    this.#unanswered += part.length;
    const position = this.#sent;
    this.#sent += part.length;
    const request = { end: this.#sent, isAnswered: false };
    this.#open.push(request);
    const answered = (): void => {
      this.#unanswered -= part.length;
      this.#wake();
    };
    this.#session.write(this.#handle, part, position).then(
      () => {
        request.isAnswered = true;
        this.#tell();
        answered();
      },
      (error: unknown) => {
        this.#failure ??= { error };
        answered();
      },
    );
  }

  #tell(): void {
    let end: number | undefined;
    while (this.#open[0]?.isAnswered === true) end = this.#open.shift()?.end;
    if (end !== undefined) this.#acknowledged(end);
  }

  async #untilAtMost(bytes: number): Promise<void> {
    while (this.#failure === undefined && this.#unanswered > bytes) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
