// What the partner runs: it looks into the folder, and takes each file once, by each of three signs.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { Sign, Taken } from "./forwarders.ts";

const QUIET_MS = 60;
const LOOK_EVERY_MS = 2;

const folder = String(workerData);
const since = new Map<string, { value: bigint; atMs: number }>();
const taken = new Set<string>();

/** Whether a value of a file has been the same for the quiet time, as far as this has looked. */
function isQuiet(key: string, value: bigint): boolean {
  const nowMs = performance.now();
  const before = since.get(key);
  if (before?.value !== value) since.set(key, { value, atMs: nowMs });
  return before?.value === value && nowMs - before.atMs >= QUIET_MS;
}

function look(sign: Sign, name: string): void {
  const key = `${sign} ${name}`;
  if (taken.has(key)) return;
  const stats = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return;
  const isReady = sign === "listing" || isQuiet(key, sign === "size" ? stats.size : stats.mtimeNs);
  if (!isReady) return;
  taken.add(key);
  const sha256 = createHash("sha256")
    .update(readFileSync(join(folder, name)))
    .digest("hex");
  const message: Taken = { sign, name, sha256 };
  parentPort?.postMessage(message);
}

setInterval(() => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    for (const sign of ["listing", "size", "time"] as const) look(sign, entry.name);
  }
}, LOOK_EVERY_MS);
parentPort?.postMessage("ready");
