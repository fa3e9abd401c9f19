import type { Clock } from "@plumbline/core";
import type { Client, InputAttributes, SFTPWrapper, Stats } from "ssh2";
import { connectionLost, OP_UNSUPPORTED, refusal, refused } from "./sftp-error.ts";
import { Watchdog } from "./watchdog.ts";

/** A file or folder that the server has open. */
export type FarHandle = Buffer;

/** What is asked of {@link SftpSession.open}: bits of SFTP, version 3. */
export const OPEN = { read: 0x01, write: 0x02, create: 0x08, exclusive: 0x20 } as const;

/** Bytes of data that one request may hold where the server does not say; below every limit that ssh2 assumes. */
const SAFE_DATA_BYTES = 31_000;
const MOST_DATA_BYTES = 255 * 1024;
const CLOSE_MS = 1000;
/** More than any checksum has. */
const MOST_OUTPUT_CHARS = 10_000;

type Settle<Value> = (error: unknown, value?: Value) => void;

/**
 * One connection, with its requests as promises. What was asked and not answered when the connection ends rejects with a `RetryableError`, and so
 * does all that is asked later. Requests are sent in the order in which they are made.
 */
export class SftpSession {
  /** Bytes of data that one WRITE, and one READ, may hold. ssh2 would cut what is longer, and send the rest out of turn. */
  readonly writeBytes: number;
  readonly readBytes: number;
  readonly #client: Client;
  readonly #sftp: SFTPWrapper;
  readonly #clock: Clock;
  readonly #watchdog: Watchdog;
  readonly #replyTimeoutMs: number;
  readonly #pending = new Set<(error: Error) => void>();
  #lostBy: Error | undefined;
  #ended: () => void = () => undefined;

  constructor(client: Client, sftp: SFTPWrapper, clock: Clock, replyTimeoutMs: number) {
    this.#client = client;
    this.#sftp = sftp;
    this.#clock = clock;
    this.#replyTimeoutMs = replyTimeoutMs;
    this.writeBytes = limitOf(sftp, "_maxWriteLen");
    this.readBytes = limitOf(sftp, "_maxReadLen");
    this.#watchdog = new Watchdog(clock, replyTimeoutMs, () => this.destroy(`no answer for ${replyTimeoutMs} ms`));
    // Always listened to: an "error" event that nobody hears ends the process.
    client.on("error", () => this.destroy("it failed"));
    client.on("close", () => this.destroy("it was closed"));
    sftp.on("error", () => this.destroy("the server did not speak SFTP"));
    sftp.on("close", () => this.destroy("the server ended the session"));
  }

  get isOpen(): boolean {
    return this.#lostBy === undefined;
  }

  open(path: string, flags: number, mode?: number): Promise<FarHandle> {
    const attributes: InputAttributes = mode === undefined ? {} : { mode };
    return this.#ask("open", path, (settle: Settle<FarHandle>) => this.#sftp.open(path, flags, attributes, settle));
  }

  close(handle: FarHandle): Promise<void> {
    return this.#ask("close", "a file", (settle: Settle<void>) => this.#sftp.close(handle, settle));
  }

  /** At most {@link writeBytes}. The bytes may be used again when this returns. */
  write(handle: FarHandle, bytes: Buffer, position: number): Promise<void> {
    return this.#ask("write to", "a file", (settle: Settle<void>) =>
      this.#sftp.write(handle, bytes, 0, bytes.length, position, settle),
    );
  }

  /** At most {@link readBytes}; resolves with fewer than asked for at the end, and wherever the server likes to. */
  read(handle: FarHandle, into: Buffer, position: number): Promise<number> {
    return this.#ask("read", "a file", (settle: Settle<number>) =>
      this.#sftp.read(handle, into, 0, into.length, position, settle),
    );
  }

  fsync(handle: FarHandle): Promise<void> {
    return this.#ask("fsync", "a file", (settle: Settle<void>) => this.#sftp.ext_openssh_fsync(handle, settle));
  }

  fstat(handle: FarHandle): Promise<Stats> {
    return this.#ask("stat", "a file", (settle: Settle<Stats>) => this.#sftp.fstat(handle, settle));
  }

  setAttributes(handle: FarHandle, attributes: InputAttributes): Promise<void> {
    return this.#ask("set attributes of", "a file", (settle: Settle<void>) =>
      this.#sftp.fsetstat(handle, attributes, settle),
    );
  }

  lstat(path: string): Promise<Stats> {
    return this.#ask("stat", path, (settle: Settle<Stats>) => this.#sftp.lstat(path, settle));
  }

  unlink(path: string): Promise<void> {
    return this.#ask("remove", path, (settle: Settle<void>) => this.#sftp.unlink(path, settle));
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#ask("make the folder", path, (settle: Settle<void>) => this.#sftp.mkdir(path, { mode }, settle));
  }

  /** In SFTP, version 3, it is refused where something stands under the new name. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask("rename to", to, (settle: Settle<void>) => this.#sftp.rename(from, to, settle));
  }

  /** rename(2): over what stands there, in one step. */
  posixRename(from: string, to: string): Promise<void> {
    return this.#ask("posix-rename to", to, (settle: Settle<void>) => this.#sftp.ext_openssh_rename(from, to, settle));
  }

  /** link(2): never over what stands there. */
  hardlink(from: string, to: string): Promise<void> {
    return this.#ask("link to", to, (settle: Settle<void>) => this.#sftp.ext_openssh_hardlink(from, to, settle));
  }

  async freeBytes(path: string): Promise<number> {
    const answer = await this.#ask("statvfs", path, (settle: Settle<unknown>) =>
      this.#sftp.ext_openssh_statvfs(path, settle),
    );
    const { f_bavail: blocks, f_frsize: size } = answer as { f_bavail?: unknown; f_frsize?: unknown };
    return Number(blocks) * Number(size);
  }

  async list(path: string): Promise<readonly string[]> {
    const entries = await this.#ask("list", path, (settle: Settle<readonly { filename: string }[]>) =>
      this.#sftp.readdir(path, settle),
    );
    return entries.map(({ filename }) => filename).filter((name) => name !== "." && name !== "..");
  }

  /**
   * Runs a command beside the session; resolves with what it printed, and with `undefined` where the server runs none or it did not end well. `moreMs` is how much longer
   * than any other answer it may take.
   */
  async run(command: string, moreMs: number): Promise<string | undefined> {
    if (this.#lostBy !== undefined) throw this.#lostBy;
    const limitMs = this.#replyTimeoutMs + moreMs;
    const timer = this.#clock.setTimer(() => this.destroy(`no answer for ${limitMs} ms`), limitMs);
    let fail: (error: Error) => void = () => undefined;
    try {
      return await new Promise<string | undefined>((resolve, reject) => {
        fail = reject;
        this.#pending.add(reject);
        this.#client.exec(command, (error, channel) => {
          if (error !== undefined) return resolve(undefined);
          let printed = "";
          let code: unknown;
          channel.setEncoding("utf8").on("data", (text: string) => {
            if (printed.length < MOST_OUTPUT_CHARS) printed += text;
          });
          channel.end(); // one that is forced on the user may wait for input
          channel.stderr.resume();
          channel.on("exit", (status: unknown) => (code = status));
          channel.on("close", () => resolve(code === 0 ? printed : undefined));
        });
      });
    } finally {
      this.#pending.delete(fail);
      timer.cancel();
    }
  }

  /** Says goodbye, and resolves when the connection is gone. */
  async end(): Promise<void> {
    if (!this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      const timer = this.#clock.setTimer(() => this.destroy("it was closed"), CLOSE_MS);
      this.#client.once("close", () => timer.cancel());
      this.#client.end();
    });
  }

  /** Ends the connection at once. */
  destroy(why: string): void {
    if (this.#lostBy !== undefined) return;
    const error = connectionLost(why);
    this.#lostBy = error;
    this.#watchdog.stop();
    this.#client.destroy();
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
    this.#ended();
  }

  async #ask<Value>(what: string, path: string, send: (settle: Settle<Value>) => void): Promise<Value> {
    if (this.#lostBy !== undefined) throw this.#lostBy;
    const answer = new Promise<Value>((resolve, reject) => {
      const fail = (error: Error): void => {
        if (this.#pending.delete(fail)) reject(error);
      };
      this.#pending.add(fail);
      this.#watchdog.expect();
      const settle: Settle<Value> = (error, value) => {
        if (this.isOpen) this.#watchdog.heard();
        if (error !== undefined && error !== null) return fail(refused(what, path, error));
        // A request that has no value of its own is asked as Promise<void>.
        if (this.#pending.delete(fail)) resolve(value as Value);
      };
      try {
        send(settle);
      } catch {
        this.#watchdog.heard();
        fail(refusal(what, path, OP_UNSUPPORTED)); // ssh2 throws where the server did not offer the extension
      }
    });
    return answer;
  }
}

/** What ssh2 has found out about the server, and keeps to itself. */
function limitOf(sftp: SFTPWrapper, name: string): number {
  const limit: unknown = Reflect.get(sftp, name);
  return typeof limit === "number" && limit > 0 ? Math.min(limit, MOST_DATA_BYTES) : SAFE_DATA_BYTES;
}
