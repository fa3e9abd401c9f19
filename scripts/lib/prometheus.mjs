// A Prometheus to meet: the one that PLUMBLINE_PROMETHEUS names, or the path has, or Debian's package, unpacked into a cache without being
// installed, so that no service of the machine is started and no right of root is needed.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const cache = resolve(import.meta.dirname, "../../node_modules/.cache/plumbline-prometheus");
const READY_MS = 60_000;

/** The path of a Prometheus that runs; `undefined` when none can be had. */
export function findPrometheus() {
  const named = process.env.PLUMBLINE_PROMETHEUS;
  const unpacked = join(cache, "usr/bin/prometheus");
  for (const binary of named === undefined ? ["prometheus", unpacked] : [named]) {
    if (runs(binary)) return binary;
  }
  if (named === undefined && unpackDebian() && runs(unpacked)) return unpacked;
  return undefined;
}

function runs(binary) {
  return spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0;
}

function unpackDebian() {
  mkdirSync(cache, { recursive: true });
  const said = { cwd: cache, stdio: "ignore", timeout: 120_000 };
  if (spawnSync("apt-get", ["download", "prometheus"], said).status !== 0) return false;
  const [archive] = readdirSync(cache).filter((name) => /^prometheus_.*\.deb$/u.test(name));
  return archive !== undefined && spawnSync("dpkg-deb", ["-x", archive, "."], said).status === 0;
}

/** A port of this machine that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
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
