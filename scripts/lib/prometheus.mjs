// A Prometheus to meet: the one that PLUMBLINE_PROMETHEUS names, or the path has, or Debian's package.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { unpackDebian } from "./debian.mjs";
import { freePort } from "./free-port.mjs";

const READY_MS = 60_000;

/** The path of a Prometheus that runs; `undefined` when none can be had. */
export function findPrometheus() {
  const named = process.env.PLUMBLINE_PROMETHEUS;
  const onPath = named ?? "prometheus";
  if (runs(onPath)) return onPath;
  const unpacked = named === undefined ? join(unpackDebian(["prometheus"]), "usr/bin/prometheus") : onPath;
  return runs(unpacked) ? unpacked : undefined;
}

function runs(binary) {
  return spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * Starts it on a loopback port, and resolves when it is ready. It ends with the test.
 *
 * @param {{ after: (cleanUp: () => Promise<void>) => void }} test
 */
export async function startPrometheus(test, binary, { configFile, dataFolder }) {
  if (!existsSync(configFile)) throw new Error(`${configFile} is not there`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${dataFolder}`,
      `--web.listen-address=${new URL(url).host}`,
      "--web.enable-lifecycle",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const ended = once(child, "exit");
  test.after(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  for (const until = Date.now() + READY_MS; !(await isReady(url)); await wait(50)) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`Prometheus is not ready: ${log}`);
  }
  return {
    url,
    /** What it says of itself under this name. */
    metric: async (name) => readMetric(await text(`${url}/metrics`), name),
    /** The config that is in force, as it says itself. */
    config: async () => JSON.parse(await text(`${url}/api/v1/status/config`)).data.yaml,
  };
}

/** The value of a metric without labels in Prometheus' text. */
export function readMetric(page, name) {
  const line = page.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function text(url) {
  return (await fetch(url)).text();
}
