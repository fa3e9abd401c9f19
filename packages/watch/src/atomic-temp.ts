import { createHash, randomBytes } from "node:crypto";
import { readFile, readdir, readlink, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";

/**
 * What stands beside a path while it is being replaced, by the end of its name.
 * - `file`: a file or link before its rename.
 * - `filling`: a directory before it is whole.
 * - `filled`: a whole directory: the one that is linked, or one before or after.
 */
export type TempKind = "file" | "filling" | "filled";

const SUFFIXES: Readonly<Record<TempKind, string>> = {
  file: ".plumbline-tmp",
  filling: ".plumbline-filling",
  filled: ".plumbline-dir",
};
/** A name is at most 255 bytes long on most file systems; what is added to it is at most 110. */
const MAX_STEM_BYTES = 140;
/** Of a writer elsewhere nobody knows whether it lives. */
const FOREIGN_AGE_MS = 3_600_000;
/** A whole directory waits no longer than this for its link. */
const UNLINKED_AGE_MS = 60_000;

/** Who writes, as far as another process can check it. */
export interface Writer {
  /** The host since its boot and its namespace of process ids: within one of these, a process id means one process. */
  readonly place: string;
  readonly pid: number;
  /** When the process began, in the kernel's ticks, so that a process id that was given again is not taken for the old one; `0` where unknown. */
  readonly start: string;
}

/** The process that runs this. */
export async function thisWriter(): Promise<Writer> {
  const facts = [
    hostname(),
    await factOf(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    await factOf(readlink("/proc/self/ns/pid")),
  ];
  const place = createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 12);
  return { place, pid: process.pid, start: (await startOf(process.pid)) ?? "0" };
}

/** A name beside `path` that nobody else takes, and that tells whose it is. */
export function tempPath(path: string, kind: TempKind, writer: Writer): string {
  const { place, pid, start } = writer;
  const tag = [place, pid, start, randomBytes(4).toString("hex")].join("-");
  return join(dirname(path), `${stemOf(path)}${tag}${SUFFIXES[kind]}`);
}

/** Whether a name is one that {@link tempPath} gave for this path. */
export function isTempOf(path: string, name: string, kind: TempKind): boolean {
  return ownerOf(path, name, kind) !== undefined;
}

/**
 * Removes what writers that are no more have left beside `path`. `linked` is the directory that the path leads to, which stays. What is in
 * the way of the removal is left for the next.
 */
export async function removeStaleTemps(path: string, writer: Writer, linked?: string): Promise<void> {
  const directory = dirname(path);
  for (const name of await readdir(directory)) {
    for (const kind of ["file", "filling", "filled"] as const) {
      const owner = ownerOf(path, name, kind);
      if (owner === undefined || name === linked) continue;
      if (await isStale(join(directory, name), owner, kind, writer)) await removeQuietly(join(directory, name));
    }
  }
}

/** Removes a file or directory as far as the system lets it: what stays is found by the next {@link removeStaleTemps}. */
export async function removeQuietly(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Its name tells the next writer what it is.
  }
}

async function isStale(path: string, owner: Writer, kind: TempKind, writer: Writer): Promise<boolean> {
  if (owner.place !== writer.place) return isOlder(path, FOREIGN_AGE_MS);
  const start = await startOf(owner.pid);
  const isDead = start === undefined ? !isRunning(owner.pid) : owner.start !== "0" && start !== owner.start;
  return isDead || (kind === "filled" && isOlder(path, UNLINKED_AGE_MS));
}

async function isOlder(path: string, ageMs: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).ctimeMs > ageMs;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function ownerOf(path: string, name: string, kind: TempKind): Writer | undefined {
  const stem = stemOf(path);
  const suffix = SUFFIXES[kind];
  if (!name.startsWith(stem) || !name.endsWith(suffix)) return undefined;
  const tag = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})-[0-9a-f]{8}$/.exec(name.slice(stem.length, -suffix.length));
  const [, place, pid, start] = tag ?? [];
  if (place === undefined || pid === undefined || start === undefined) return undefined;
  return { place, pid: Number(pid), start };
}

/** Begins with a dot, so that nobody who lists the directory takes it for content. */
function stemOf(path: string): string {
  const name = basename(path);
  if (Buffer.byteLength(name) <= MAX_STEM_BYTES) return `.${name}.`;
  return `.${createHash("sha256").update(name).digest("hex")}.`;
}

/** The 22nd field of /proc/<pid>/stat; the second is in parentheses and may hold anything. Source: proc_pid_stat(5). */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await factOf(readFile(`/proc/${pid}/stat`, "utf8"));
  return text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .at(19);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Empty where the system has no such fact, as outside Linux. */
async function factOf(fact: Promise<string>): Promise<string> {
  try {
    return await fact;
  } catch {
    return ""; // Then there is one thing less to tell processes apart by.
  }
}
