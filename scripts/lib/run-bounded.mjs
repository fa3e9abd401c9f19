// A program that is ended with everything it has started when its time is up: what only its first process knows of would run on beside the next one.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions & { timeoutMs: number, graceMs?: number }} options the times in milliseconds; `graceMs`: between the request to end and the end by force
 * @returns {Promise<{ status: number | null, signal: NodeJS.Signals | null, isLate: boolean }>}
 */
export async function runBounded(program, args, { timeoutMs, graceMs = 10_000, ...options }) {
  const child = spawn(program, args, options);
  /** @type {Promise<void> | undefined} */
  let ended;
  const timer = setTimeout(() => {
    ended = endTree(child.pid, graceMs);
  }, timeoutMs);
  try {
    const [status, signal] = await once(child, "exit");
    await ended;
    return { status, signal, isLate: ended !== undefined };
  } finally {
    clearTimeout(timer);
  }
}

async function endTree(root, graceMs) {
  // Before the first is gone: what it leaves behind has another parent then.
  const ids = [root, ...descendantsOf(root)];
  for (const id of ids) kill(id, "SIGTERM");
  for (const end = Date.now() + graceMs; Date.now() < end && ids.some((id) => kill(id, 0));) await sleep(100);
  for (const id of ids) kill(id, "SIGKILL");
}

/** Whether there was such a process. */
function kill(id, signal) {
  try {
    return process.kill(id, signal);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}

/** Ids of what a process has started, and of what these have. None where there is no `ps`. */
function descendantsOf(ancestor) {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = (stdout ?? "").split("\n").map((row) => row.trim().split(/\s+/).map(Number));
  const found = [];
  for (const open = [ancestor]; open.length > 0;) {
    const parent = open.pop();
    const children = rows.flatMap(([id, of]) => (of === parent ? [id] : []));
    found.push(...children);
    open.push(...children);
  }
  return found;
}
