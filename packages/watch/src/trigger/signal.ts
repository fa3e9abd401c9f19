import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode } from "@plumbline/core";
import { triggerFailed, type Trigger } from "./trigger.ts";

/** Which process to signal. */
export type SignalTarget =
  | { readonly pid: number }
  /** A file that begins with the process id. Read at each call. */
  | { readonly pidFile: string }
  /**
   * What `ps` shows as the command, or the last part of the path that it was started by, as /proc tells; on Linux alone. Not this process. Of several, those that another of
   * them started are left out, so that the workers of a master are not signalled; several that are left are an error.
   */
  | { readonly processName: string };

/** Options of {@link createSignalTrigger}. */
export interface SignalTriggerOptions {
  readonly target: SignalTarget;
  /** Default `SIGHUP`. */
  readonly signal?: NodeJS.Signals;
}

const DEFAULT_SIGNAL = "SIGHUP";
/** `comm` is cut to this. Source: proc_pid_comm(5). */
const MAX_COMM_BYTES = 15;

/** A signal to a process. It confirms nothing but that there is such a process and that it may be signalled. */
export function createSignalTrigger(options: SignalTriggerOptions): Trigger {
  const { target, signal: name = DEFAULT_SIGNAL } = options;
  return {
    method: "signal",
    async fire(signal): Promise<void> {
      signal.throwIfAborted();
      const pid = await pidOf(target);
      signal.throwIfAborted();
      try {
        process.kill(pid, name);
      } catch (error) {
        throw triggerFailed(`The process ${pid} could not be sent ${name}`, error);
      }
    },
  };
}

async function pidOf(target: SignalTarget): Promise<number> {
  if ("pid" in target) return checked(target.pid, "The process id");
  if ("pidFile" in target) return readPid(target.pidFile);
  return findProcess(target.processName);
}

async function readPid(path: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw triggerFailed(`The file ${path} with the process id could not be read`, error);
  }
  return checked(Number(/^\s*(\d+)/.exec(text)?.[1]), `The file ${path}`);
}

/** 0 and negative numbers are whole groups of processes. Source: kill(2). */
function checked(pid: number, where: string): number {
  if (!Number.isSafeInteger(pid) || pid < 1 || pid > 2 ** 31 - 1) {
    throw triggerFailed(`${where} holds no process id`);
  }
  return pid;
}

async function findProcess(name: string): Promise<number> {
  let pids: number[];
  try {
    pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  } catch (error) {
    throw triggerFailed(`Processes cannot be listed, so the one named ${name} cannot be found`, error);
  }
  const found = new Map<number, number>();
  for (const pid of pids) {
    if (pid === process.pid) continue;
    const parent = await parentIfNamed(pid, name);
    if (parent !== undefined) found.set(pid, parent);
  }
  const masters = [...found].filter(([, parent]) => !found.has(parent)).map(([pid]) => pid);
  const [only] = masters;
  if (only === undefined) throw triggerFailed(`No process is named ${name}`);
  if (masters.length > 1) throw triggerFailed(`${masters.length} processes are named ${name}: ${masters.join(", ")}`);
  return only;
}

/** The parent of a process of this name; `undefined` when it is named otherwise, or gone, or a zombie. */
async function parentIfNamed(pid: number, name: string): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const comm = (await readFile(`/proc/${pid}/comm`, "utf8")).trimEnd();
    if (comm !== Buffer.from(name).subarray(0, MAX_COMM_BYTES).toString() || Buffer.byteLength(name) > MAX_COMM_BYTES) {
      const [command = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      if (basename(command) !== name) return undefined;
    }
    return Number(parent);
  } catch (error) {
    const code = errorCode(error);
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(code)) return undefined;
    throw error;
  }
}
