import { constants } from "node:fs";
import * as fs from "node:fs";
import * as promises from "node:fs/promises";
import { systemCode } from "./system-error.ts";
import type { FileDriver, FileFacts } from "./file-driver.ts";
import { makeFolders } from "./make-folders.ts";
import { listenAsProof, lookAtSocket } from "./proof-socket.ts";

// No O_APPEND: Linux then ignores the offset of pwrite(2) (its BUGS section), and offsets are what makes a repeated
// write harmless. O_NOFOLLOW: the path was resolved before, so a symlink here was put in its place since.
const READ_WRITE = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
const FLAGS = {
  create: READ_WRITE | constants.O_CREAT | constants.O_EXCL,
  existing: READ_WRITE,
  read: constants.O_RDONLY,
} as const;

/** The file system of the machine, through `node:fs`. */
export function createNodeFileDriver(): FileDriver {
  return {
    open: (path, how, mode) =>
      new Promise((resolve, reject) => {
        fs.open(path, FLAGS[how], mode, (error, fd) => (error === null ? resolve(fd) : reject(error)));
      }),
    openSync: (path, how, mode) => fs.openSync(path, FLAGS[how], mode),
    close: (fd) => settle((done) => fs.close(fd, done)),
    write(fd, bytes, start, length, position, done): void {
      fs.write(fd, bytes, start, length, position, (error, written) =>
        done(error ?? undefined, error === null ? written : 0),
      );
    },
    writeSync: (fd, bytes, start, length, position) => fs.writeSync(fd, bytes, start, length, position),
    read: (fd, into, position) =>
      new Promise((resolve, reject) => {
        fs.read(fd, into, 0, into.length, position, (error, count) =>
          error === null ? resolve(count) : reject(error),
        );
      }),
    readSync: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
    sync: (fd) => settle((done) => fs.fdatasync(fd, done)),
    syncSync: (fd) => fs.fdatasyncSync(fd),
    syncDirectory,
    truncateSync: (fd, size) => fs.ftruncateSync(fd, size),
    chmod: (fd, mode) => settle((done) => fs.fchmod(fd, mode, done)),
    factsOfSync: (fd) => toFacts(fs.fstatSync(fd, { bigint: true })),
    lookSync(fd): { readonly size: number; readonly links: number } {
      const { size, nlink } = fs.fstatSync(fd);
      return { size, links: nlink };
    },
    factsSync(path): FileFacts | undefined {
      const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? undefined : toFacts(stats);
    },
    async facts(path): Promise<FileFacts | undefined> {
      try {
        return toFacts(await promises.lstat(path, { bigint: true }));
      } catch (error) {
        if (systemCode(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    rename: (from, to) => promises.rename(from, to),
    renameSync: (from, to) => fs.renameSync(from, to),
    async unlink(path): Promise<void> {
      try {
        await promises.unlink(path);
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
      }
    },
    makeDirectory: (path, mode) => makeFolders(path, mode, syncDirectory),
    list: (path) => promises.readdir(path),
    symlink: (text, path) => promises.symlink(text, path),
    readLink: (path) => promises.readlink(path),
    listenAsProof,
    lookAtSocket,
    realPath: (path) => promises.realpath(path),
  };
}

function settle(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error === null ? resolve() : reject(error)));
  });
}

async function syncDirectory(path: string): Promise<void> {
  // Windows has no such thing: its open() refuses folders.
  if (process.platform === "win32") return;
  const handle = await promises.open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems refuse it; their entries are durable by other means or not at all.
    if (systemCode(error) !== "EINVAL" && systemCode(error) !== "ENOTSUP") throw error;
  } finally {
    await handle.close();
  }
}

function toFacts(stats: fs.BigIntStats): FileFacts {
  return {
    size: Number(stats.size),
    links: Number(stats.nlink),
    mode: Number(stats.mode & 0o7777n),
    identity: `${stats.dev}:${stats.ino}`,
    kind: stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "symlink" : "other",
    createdMs: Number(stats.birthtimeMs > 0n ? stats.birthtimeMs : stats.mtimeMs),
    modifiedMs: Number(stats.mtimeMs),
  };
}
