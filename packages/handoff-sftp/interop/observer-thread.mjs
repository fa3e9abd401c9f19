// See observers.mjs: the thread that looks.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parentPort, workerData } from "node:worker_threads";

const { path, inotifywait, env } = workerData;
const expected = new Map();
const seen = {};
const taken = new Set();
const lastTimes = new Map();
let watermark = 0n;
let isEnding = false;
let child;

function statOf(name) {
  return statSync(join(path, name), { bigint: true, throwIfNoEntry: false });
}

/** Takes a file for ready, once. */
function take(who, name) {
  if (taken.has(`${who} ${name}`)) return;
  taken.add(`${who} ${name}`);
  const sha256 = createHash("sha256")
    .update(readFileSync(join(path, name)))
    .digest("hex");
  seen[who].sightings += 1;
  if (sha256 !== expected.get(name)?.sha256) seen[who].wrong += 1;
}

/** Knows how long the file will be, and waits for that. */
function pollSizes() {
  for (const [name, { size }] of expected) {
    if (!taken.has(`size ${name}`) && statOf(name)?.size === BigInt(size)) take("size", name);
  }
}

/** Takes what has not changed since it last looked. */
function pollTimes() {
  for (const name of expected.keys()) {
    if (taken.has(`mtime ${name}`)) continue;
    const time = statOf(name)?.mtimeNs;
    if (time === undefined) continue;
    if (lastTimes.get(name) === time) take("mtime", name);
    lastTimes.set(name, time);
  }
}

/** Takes what was changed later than the latest that it has seen before. */
function listByWatermark() {
  let latest = watermark;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const time = entry.isFile() ? statOf(entry.name)?.mtimeNs : undefined;
    if (time === undefined || time <= watermark) continue;
    take("watermark", entry.name);
    if (time > latest) latest = time;
  }
  watermark = latest;
}

function look() {
  if (isEnding) return;
  pollSizes();
  pollTimes();
  listByWatermark();
  setTimeout(look, 1);
}

function listen(onReady) {
  child = spawn(inotifywait, ["-m", "-e", "close_write,create,moved_to", "--format", "%e %f", path], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (text) => /Watches established/u.test(String(text)) && onReady());
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [events, name] = line.split(" ");
    if (!expected.has(name)) return;
    take(events.includes("CLOSE_WRITE") ? "CLOSE_WRITE" : "CREATE|MOVED_TO", name);
  });
}

parentPort.on("message", ({ name, facts, end }) => {
  if (name !== undefined) expected.set(name, facts);
  if (end === true) {
    isEnding = true;
    child?.kill("SIGTERM");
  }
  parentPort.postMessage(structuredClone(seen));
});

for (const who of ["size", "mtime", "watermark"]) seen[who] = { sightings: 0, wrong: 0 };
function ready() {
  look();
  parentPort.postMessage("ready");
}
if (inotifywait === undefined) {
  ready();
} else {
  for (const who of ["CLOSE_WRITE", "CREATE|MOVED_TO"]) seen[who] = { sightings: 0, wrong: 0 };
  listen(ready);
}
