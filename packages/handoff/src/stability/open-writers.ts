import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { constants } from "node:fs";
import { errorCode } from "@plumbline/core";

/** Which files are open for writing, or mapped shared and writable, as far as this process may look. */
export interface WriterScan {
  /** Process ids that hold an inode open for writing. */
  writersOf(dev: bigint, ino: bigint): readonly number[];
  /** Users of the processes that could not be looked into. */
  readonly blindUsers: ReadonlySet<number>;
}

const ACCESS_MODE = 3;
/** Looked into side by side: enough to keep the threads that file operations share busy. */
const AT_ONCE = 8;
const GONE = ["ENOENT", "ESRCH"];
const DENIED = ["EACCES", "EPERM"];

/** Whether this system shows which files its processes have open. */
export async function showsWriters(proc = "/proc"): Promise<boolean> {
  try {
    await readdir(join(proc, "self", "fdinfo"));
    return true;
  } catch {
    return false; // no such file system here
  }
}

/**
 * Looks through all processes once; `undefined` where the system has no /proc. What it cannot see: other pid namespaces, other hosts on a network file system, and,
 * unless run by root, other users. Source: proc_pid_fdinfo(5), proc_pid_maps(5).
 */
export async function scanWriters(proc = "/proc"): Promise<WriterScan | undefined> {
  const byFile = new Map<string, number[]>();
  const byInode = new Map<string, number[]>();
  const blindUsers = new Set<number>();
  if (!(await showsWriters(proc))) return undefined;
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const rest = pids.values();
  const look = async (): Promise<void> => {
    for (const pid of rest) {
      try {
        const [files, inodes] = await Promise.all([writtenBy(join(proc, pid)), mappedBy(join(proc, pid))]);
        for (const file of files) add(byFile, file, Number(pid));
        for (const inode of inodes) add(byInode, inode, Number(pid));
      } catch (error) {
        const code = errorCode(error);
        if (GONE.includes(code)) continue;
        if (!DENIED.includes(code)) throw error;
        const uid = await userOf(join(proc, pid));
        if (uid !== undefined) blindUsers.add(uid);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return {
    writersOf: (dev, ino) => [
      // A mapping tells a device that is not always the one stat(2) tells (overlayfs, btrfs): the inode alone has to do, at worst it waits in vain.
      ...new Set([...(byFile.get(`${dev}:${ino}`) ?? []), ...(byInode.get(String(ino)) ?? [])]),
    ],
    blindUsers,
  };
}

async function writtenBy(folder: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const fd of await readdir(join(folder, "fdinfo"))) {
    try {
      // First what most of them are not, for the other costs more.
      const stats = await stat(join(folder, "fd", fd), { bigint: true });
      if (!stats.isFile()) continue;
      const flags = /^flags:\s*([0-7]+)/m.exec(await readFile(join(folder, "fdinfo", fd), "utf8"))?.[1];
      if (flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODE) === constants.O_RDONLY) continue;
      written.push(`${stats.dev}:${stats.ino}`);
    } catch (error) {
      if (!GONE.includes(errorCode(error))) throw error; // closed meanwhile
    }
  }
  return written;
}

async function mappedBy(folder: string): Promise<readonly string[]> {
  const maps = await readFile(join(folder, "maps"), "utf8");
  return maps.split("\n").flatMap((line) => {
    const [, permissions = "", , , inode = "0"] = line.split(" ", 5);
    return permissions[1] === "w" && permissions[3] === "s" && inode !== "0" ? [inode] : [];
  });
}

async function userOf(folder: string): Promise<number | undefined> {
  try {
    return (await stat(folder)).uid;
  } catch (error) {
    if (GONE.includes(errorCode(error))) return undefined;
    throw error;
  }
}

function add(map: Map<string, number[]>, key: string, pid: number): void {
  const pids = map.get(key);
  if (pids === undefined) map.set(key, [pid]);
  else pids.push(pid);
}
