import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type PacketReader, PacketWriter } from "./packets.ts";

/** What a server can be without. */
export type Extension =
  | "posix-rename@openssh.com"
  | "fsync@openssh.com"
  | "hardlink@openssh.com"
  | "statvfs@openssh.com";

/** An answer to one request: its packet's type and what follows the request's id. */
export interface Answer {
  readonly type: number;
  readonly body: Buffer;
}

const STATUS = 101;

export function statusAnswer(code: number, message = ""): Answer {
  return { type: STATUS, body: new PacketWriter().uint32(code).text(message).text("").end() };
}

const OK = statusAnswer(0);

/** The requests of SFTP, version 3, by their numbers. */
export const REQUEST_NAMES: Readonly<Record<number, string>> = {
  3: "open",
  4: "close",
  5: "read",
  6: "write",
  7: "lstat",
  8: "fstat",
  9: "setstat",
  10: "fsetstat",
  11: "opendir",
  12: "readdir",
  13: "remove",
  14: "mkdir",
  17: "stat",
  18: "rename",
};

/** A server's files below a folder, as OpenSSH's sftp-server treats them: one request after the other. Nothing is really synced: it is only counted. */
export class FarFiles {
  readonly #root: string;
  readonly #open = new Map<string, { readonly fd: number } | { names: readonly string[] | undefined }>();
  #next = 0;
  fsyncs = 0;
  freeBytes = 1e12;
  /** How far its clock is ahead of ours; the times that it tells and is told are those of its own clock. */
  clockAheadMs = 0;
  /** Whether setting a size changes the time, as it does on Linux. */
  stampsItself = true;
  /** Changes what arrives, before it is written. */
  onWrite: (data: Buffer, position: number) => void = () => undefined;

  constructor(root: string) {
    this.#root = root;
  }

  end(): void {
    for (const entry of this.#open.values()) if ("fd" in entry) closeSync(entry.fd);
    this.#open.clear();
  }

  answer(name: string, packet: PacketReader): Answer {
    try {
      return this.#answer(name, packet);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return statusAnswer(2);
      if (code === "EACCES" || code === "EPERM") return statusAnswer(3);
      return statusAnswer(4, "Failure"); // as OpenSSH's: nothing more is told
    }
  }

  #answer(name: string, packet: PacketReader): Answer {
    switch (name) {
      case "open":
        return this.#openFile(this.#path(packet), packet.uint32(), readAttributes(packet).mode);
      case "close":
        return this.#close(packet.text());
      case "read":
        return this.#read(this.#fd(packet), packet.uint64(), packet.uint32());
      case "write":
        return this.#write(this.#fd(packet), packet.uint64(), packet.bytes());
      case "lstat":
        return this.#attributes(lstatSync(this.#path(packet)));
      case "stat":
        return this.#attributes(statSync(this.#path(packet)));
      case "fstat":
        return this.#attributes(fstatSync(this.#fd(packet)));
      case "fsetstat":
        return this.#set(this.#fd(packet), readAttributes(packet));
      case "opendir":
        return this.#handle({ names: readdirSync(this.#path(packet)) });
      case "readdir":
        return this.#list(packet.text());
      case "remove":
        unlinkSync(this.#path(packet));
        return OK;
      case "mkdir":
        mkdirSync(this.#path(packet), { mode: readAttributes(packet).mode ?? 0o777 });
        return OK;
      case "rename":
        return this.#renameNew(this.#path(packet), this.#path(packet));
      case "posix-rename@openssh.com":
        renameSync(this.#path(packet), this.#path(packet));
        return OK;
      case "hardlink@openssh.com":
        linkSync(this.#path(packet), this.#path(packet));
        return OK;
      case "fsync@openssh.com":
        this.#fd(packet);
        this.fsyncs += 1;
        return OK;
      case "statvfs@openssh.com":
        return this.#statvfs();
      default:
        return statusAnswer(8);
    }
  }

  #path(packet: PacketReader): string {
    return join(this.#root, join("/", packet.text()));
  }

  #fd(packet: PacketReader): number {
    const entry = this.#open.get(packet.text());
    if (entry === undefined || !("fd" in entry)) throw new Error("no such handle");
    return entry.fd;
  }

  #handle(entry: { readonly fd: number } | { names: readonly string[] | undefined }): Answer {
    const key = `h${this.#next++}`;
    this.#open.set(key, entry);
    return { type: 102, body: new PacketWriter().text(key).end() };
  }

  #openFile(path: string, flags: number, mode = 0o666): Answer {
    const access = (flags & 3) === 3 ? 2 : (flags & 2) === 2 ? 1 : 0;
    const created =
      ((flags & 8) === 0 ? 0 : 0o100) | ((flags & 16) === 0 ? 0 : 0o1000) | ((flags & 32) === 0 ? 0 : 0o200);
    return this.#handle({ fd: openSync(path, access | created, mode) });
  }

  #close(key: string): Answer {
    const entry = this.#open.get(key);
    if (entry === undefined) return statusAnswer(4);
    this.#open.delete(key);
    if ("fd" in entry) closeSync(entry.fd);
    return OK;
  }

  #read(fd: number, position: number, length: number): Answer {
    const data = Buffer.alloc(Math.min(length, 30_001)); // fewer than asked for, at an uneven place
    const count = readSync(fd, data, 0, data.length, position);
    return count === 0 ? statusAnswer(1) : { type: 103, body: new PacketWriter().bytes(data.subarray(0, count)).end() };
  }

  #write(fd: number, position: number, data: Buffer): Answer {
    this.onWrite(data, position);
    writeSync(fd, data, 0, data.length, position);
    return OK;
  }

  #set(fd: number, { size, mode, mtime }: Attributes): Answer {
    const { atime, mtime: before } = fstatSync(fd);
    if (size !== undefined) ftruncateSync(fd, size);
    if (size !== undefined && !this.stampsItself) futimesSync(fd, atime, before);
    if (mode !== undefined) fchmodSync(fd, mode);
    const ours = mtime === undefined ? undefined : mtime - this.clockAheadMs / 1000;
    if (ours !== undefined) futimesSync(fd, ours, ours);
    return OK;
  }

  #attributes(stats: Stats): Answer {
    return attributes(stats, this.clockAheadMs);
  }

  #list(key: string): Answer {
    const entry = this.#open.get(key);
    if (entry === undefined || !("names" in entry)) return statusAnswer(4);
    const names = entry.names ?? [];
    entry.names = [];
    if (names.length === 0) return statusAnswer(1);
    const packet = new PacketWriter().uint32(names.length);
    for (const name of names) packet.text(name).text(name).uint32(0);
    return { type: 104, body: packet.end() };
  }

  #renameNew(from: string, to: string): Answer {
    linkSync(from, to);
    unlinkSync(from);
    return OK;
  }

  #statvfs(): Answer {
    const blocks = Math.floor(this.freeBytes / 4096);
    const packet = new PacketWriter().uint64(4096).uint64(4096).uint64(1e9).uint64(blocks).uint64(blocks);
    for (let rest = 0; rest < 6; rest++) packet.uint64(255);
    return { type: 201, body: packet.end() };
  }
}

interface Attributes {
  readonly size: number | undefined;
  readonly mode: number | undefined;
  readonly mtime: number | undefined;
}

function readAttributes(packet: PacketReader): Attributes {
  const flags = packet.uint32();
  const size = (flags & 1) === 0 ? undefined : packet.uint64();
  if ((flags & 2) !== 0) packet.uint64();
  const mode = (flags & 4) === 0 ? undefined : packet.uint32();
  if ((flags & 8) === 0) return { size, mode, mtime: undefined };
  packet.uint32();
  return { size, mode, mtime: packet.uint32() };
}

function attributes({ size, uid, gid, mode, atimeMs, mtimeMs }: Stats, aheadMs: number): Answer {
  const packet = new PacketWriter()
    .uint32(1 | 2 | 4 | 8)
    .uint64(size)
    .uint32(uid)
    .uint32(gid)
    .uint32(mode);
  const body = packet
    .uint32(Math.trunc((atimeMs + aheadMs) / 1000))
    .uint32(Math.trunc((mtimeMs + aheadMs) / 1000))
    .end();
  return { type: 105, body };
}
