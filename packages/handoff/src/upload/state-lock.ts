import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, type ClockTimer, errorCode } from "@plumbline/core";
import { removeIfThere } from "../directory/durable-files.ts";
import { handoffError } from "../handoff-error.ts";

const NAME = /^lock\.(\d{1,12})$/;
const BEAT_MS = 10_000;
/** Of a holder that cannot be looked at, this is how long its last sign of life is believed. */
const SILENT_MS = 60_000;

/** Who holds a lock, as far as another process can check it. */
interface Holder {
  readonly host: string;
  readonly boot: string;
  readonly namespace: string;
  readonly pid: number;
  /** When the process began, in the kernel's ticks, so that a pid that was given again is not taken for the old one. */
  readonly start: string;
}

/** A folder that this process has for itself. */
export interface StateLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process. The lock with the highest number counts and is never removed, so of two that find a dead holder only one follows it.
 *
 * Rejects with `PLB_HANDOFF_JOURNAL_IN_USE`.
 */
export async function lockState(folder: string, clock: Clock): Promise<StateLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const me = await thisHolder();
  const temp = join(folder, `.lock-${randomBytes(8).toString("hex")}`);
  await writeFile(temp, JSON.stringify(me), { flag: "wx", mode: 0o600 });
  try {
    const highest = Math.max(0, ...(await numbersIn(folder)));
    if (highest > 0 && (await isHeld(join(folder, `lock.${highest}`), temp, me))) throw inUse(folder);
    const number = highest + 1;
    const path = join(folder, `lock.${number}`);
    await linkOrInUse(temp, path, folder);
    const numbers = await numbersIn(folder);
    if (Math.max(...numbers) > number) {
      await removeIfThere(path); // somebody went past while we looked at an older one
      throw inUse(folder);
    }
    for (const older of numbers) if (older < number) await removeIfThere(join(folder, `lock.${older}`));
    return new HeldLock(path, JSON.stringify(me), clock);
  } finally {
    await removeIfThere(temp);
  }
}

class HeldLock implements StateLock {
  readonly #path: string;
  readonly #holder: string;
  readonly #clock: Clock;
  #timer: ClockTimer | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(path: string, holder: string, clock: Clock) {
    this.#path = path;
    this.#holder = holder;
    this.#clock = clock;
    this.#beat();
  }

  async release(): Promise<void> {
    this.#timer?.cancel();
    await this.#beating;
    await writeFile(this.#path, "released");
  }

  #beat(): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#beating = this.#write().catch(() => undefined /* a missed beat is one of six */);
      this.#beat();
    }, BEAT_MS);
  }

  /** The same bytes once more, so that the file system stamps the time by its own clock: ours may be off. They are never absent: whoever reads meanwhile finds them. */
  async #write(): Promise<void> {
    const handle = await open(this.#path, "r+");
    try {
      await handle.write(this.#holder, 0);
    } finally {
      await handle.close();
    }
  }
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

async function isHeld(path: string, mine: string, me: Holder): Promise<boolean> {
  let holder: Holder;
  try {
    const text = await readFile(path, "utf8");
    if (text === "released") return false;
    holder = JSON.parse(text) as Holder; // written by nobody but this function's module; what it lacks compares as different
  } catch (error) {
    if (errorCode(error) === "ENOENT" || error instanceof SyntaxError) return false;
    throw error;
  }
  const isHere = holder.host === me.host && holder.boot === me.boot && holder.namespace === me.namespace;
  if (isHere) return (await startOf(holder.pid)) === holder.start;
  // The clocks of both hosts may be off: both times are the file system's.
  const [theirs, now] = await Promise.all([stat(path), stat(mine)]);
  return now.mtimeMs - theirs.mtimeMs < SILENT_MS;
}

async function linkOrInUse(temp: string, path: string, folder: string): Promise<void> {
  try {
    await link(temp, path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw inUse(folder);
    throw error;
  }
}

async function thisHolder(): Promise<Holder> {
  const [boot, namespace, start = "0"] = await Promise.all([
    factOf(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    factOf(readlink("/proc/self/ns/pid")),
    startOf(process.pid),
  ]);
  return { host: hostname(), boot, namespace, pid: process.pid, start };
}

/** The 22nd field of /proc/<pid>/stat; the second is in parentheses and may hold anything. Source: proc_pid_stat(5). */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await factOf(readFile(`/proc/${pid}/stat`, "utf8"));
  if (text !== "")
    return text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .at(19);
  try {
    process.kill(pid, 0);
    return process.platform === "linux" ? undefined : "0";
  } catch (error) {
    return errorCode(error) === "EPERM" ? "0" : undefined;
  }
}

async function factOf(fact: Promise<string>): Promise<string> {
  try {
    return await fact;
  } catch {
    return ""; // outside Linux there is one thing less to tell processes apart by
  }
}

function inUse(folder: string): Error {
  return handoffError("PLB_HANDOFF_JOURNAL_IN_USE", { details: { folder } });
}
