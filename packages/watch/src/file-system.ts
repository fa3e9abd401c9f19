import type { BigIntStats } from "node:fs";
import { constants, lstat, open, readdir, readlink, stat } from "node:fs/promises";

/** What tells one state of a file from another without reading it. */
export interface FileIdentity {
  readonly kind: "file" | "directory" | "other";
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  /** The system's own, which nobody can set: it shows writes that keep size and mtime. */
  readonly ctimeNs: bigint;
  /** When it was made: file systems give the number of a removed inode to the next. Where that is not kept, the ctime. */
  readonly birthtimeNs: bigint;
}

/** What a read gave: the bytes, and the identity of the opened file before and after. */
export interface ReadResult {
  readonly content: Buffer;
  readonly before: FileIdentity;
  readonly after: FileIdentity;
}

/** The file system, as far as a watch needs it. Everything rejects as `node:fs` does. */
export interface FileSystem {
  /** Follows links. */
  identify(path: string): Promise<FileIdentity>;
  /** At most `maxBytes` + 1 bytes. */
  read(path: string, maxBytes: number): Promise<ReadResult>;
  list(path: string): Promise<readonly string[]>;
  /** Where a link leads; `undefined` where the path is no link. */
  linkAt(path: string): Promise<string | undefined>;
}

const READ_STEP_BYTES = 65_536;

/** The file system of this machine. */
export function createNodeFileSystem(): FileSystem {
  return {
    identify: async (path) => toIdentity(await stat(path, { bigint: true })),
    read: readOpened,
    list: (path) => readdir(path),
    async linkAt(path) {
      const there = await lstat(path);
      return there.isSymbolicLink() ? readlink(path) : undefined;
    },
  };
}

/** Whether two looks saw the same state of the same file. */
export function isSameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.ctimeNs === b.ctimeNs &&
    a.mtimeNs === b.mtimeNs &&
    a.size === b.size &&
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.kind === b.kind
  );
}

async function readOpened(path: string, maxBytes: number): Promise<ReadResult> {
  // Without blocking: the path may have become a pipe since it was looked at.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const before = toIdentity(await handle.stat({ bigint: true }));
    const chunks: Buffer[] = [];
    let length = 0;
    if (before.kind === "file") {
      // By its own end, not by its size: files of /proc and /sys say 0.
      while (length <= maxBytes) {
        const left = Number(before.size) - length + 1;
        const chunk = Buffer.allocUnsafe(Math.min(Math.max(left, READ_STEP_BYTES), maxBytes + 1 - length));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        chunks.push(chunk.subarray(0, bytesRead));
        length += bytesRead;
      }
    }
    const content = Buffer.concat(chunks, length);
    return { content, before, after: toIdentity(await handle.stat({ bigint: true })) };
  } finally {
    await handle.close();
  }
}

function toIdentity(stats: BigIntStats): FileIdentity {
  const { dev, ino, size, mtimeNs, ctimeNs, birthtimeNs } = stats;
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  return { kind, dev, ino, size, mtimeNs, ctimeNs, birthtimeNs };
}
