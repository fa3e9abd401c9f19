// `plumbline reload` beside a real Prometheus: what the sidecar says is held against what Prometheus says of itself. Needs a build.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../lib/free-port.mjs";
import { findPrometheus, readMetric, startPrometheus } from "../lib/prometheus.mjs";
import { createScratch } from "../lib/scratch.mjs";

const root = resolve(import.meta.dirname, "../..");
const COMMAND = join(root, "packages/cli/bin/plumbline.js");
const EXAMPLE = join(root, "examples/prometheus-sidecar/dist/main.js");
const NEEDED = "needs Prometheus: on the path, in PLUMBLINE_PROMETHEUS, or as Debian's package through apt-get";
const LAST_SUCCESS = "prometheus_config_last_reload_success_timestamp_seconds";
const IS_SUCCESSFUL = "prometheus_config_last_reload_successful";
const BOUND_MS = 60_000;

const binary = findPrometheus();
const options = binary === undefined ? { skip: NEEDED } : {};

test(
  "a good edit is in force, a bad one is not, is reported, and leaves no trace at Prometheus",
  options,
  async (t) => {
    const here = await scene(t);
    const { edit, output, prometheus } = here;
    const sidecar = await startSidecar(t, here);
    await until(async () => (await prometheus.config()).includes("scrape_interval: 21s"));
    const first = await prometheus.metric(LAST_SUCCESS);
    assert.equal((await sidecar.page("/healthz")).status, 200);

    // Its time has whole milliseconds at least: a later reload has a later one.
    edit(config("$(INTERVAL)", "22s"));
    await until(async () => (await prometheus.config()).includes("evaluation_interval: 22s"));
    await until(async () => (await sidecar.page("/healthz")).status === 200);
    assert.ok((await prometheus.metric(LAST_SUCCESS)) > first);
    const good = readFileSync(output, "utf8");
    const inForce = await prometheus.config();

    const seen = watchMetric(t, prometheus, IS_SUCCESSFUL);
    edit(config("nonsense", "23s"));
    await until(async () => readMetric((await sidecar.page("/metrics")).text, "reloader_rollbacks_total") > 2);
    const health = await sidecar.page("/healthz");
    assert.equal(health.status, 503);
    assert.match(health.text, /answered 500.*not a valid duration string/u);
    const metrics = (await sidecar.page("/metrics")).text;
    assert.equal(readMetric(metrics, "reloader_last_reload_successful"), 0);
    assert.equal(readMetric(metrics, "reloader_reloads_failed_total"), 3);
    assert.equal(readFileSync(output, "utf8"), good);
    assert.equal(await prometheus.config(), inForce);
    await until(async () => (await prometheus.metric(IS_SUCCESSFUL)) === 1);
    assert.ok((await seen.end()).includes(0), "Prometheus never said that a reload had failed");

    edit(config("$(INTERVAL)", "24s"));
    await until(async () => (await prometheus.config()).includes("evaluation_interval: 24s"));
    await until(async () => (await sidecar.page("/healthz")).status === 200);
    sidecar.child.kill("SIGTERM");
    assert.deepEqual(await sidecar.ended, [143, null]);
  },
);

test("what promtool refuses never gets to Prometheus", options, async (t) => {
  const promtool = binary.replace(/prometheus$/u, "promtool");
  if (spawnSync(promtool, ["--version"]).status !== 0) {
    t.skip("needs promtool beside Prometheus");
    return;
  }
  const here = await scene(t);
  const { edit, output, prometheus } = here;
  const sidecar = await startSidecar(t, here, [`--validate=${promtool} check config {}`]);
  await until(async () => (await sidecar.page("/healthz")).status === 200);
  const before = { output: readFileSync(output, "utf8"), success: await prometheus.metric(LAST_SUCCESS) };
  edit(config("nonsense", "23s"));
  await until(async () => (await sidecar.page("/healthz")).status === 503);
  assert.match((await sidecar.page("/healthz")).text, /PLB_CLI_RELOAD_INVALID/u);
  assert.equal(readFileSync(output, "utf8"), before.output);
  assert.equal(await prometheus.metric(IS_SUCCESSFUL), 1);
  assert.equal(await prometheus.metric(LAST_SUCCESS), before.success);
});

test("SIGKILL between an edit and the reload loses nothing, good or bad", options, async (t) => {
  const here = await scene(t);
  const { edit, output, prometheus } = here;
  let sidecar = await startSidecar(t, here);
  await until(async () => (await prometheus.config()).includes("scrape_interval: 21s"));
  for (let round = 0; round < 3; round++) {
    const evaluation = `${30 + round}s`;
    edit(config("$(INTERVAL)", evaluation));
    // Wherever it is by then.
    await wait(20 + 30 * round);
    sidecar.child.kill("SIGKILL");
    await sidecar.ended;
    sidecar = await startSidecar(t, here);
    await until(async () => (await prometheus.config()).includes(`evaluation_interval: ${evaluation}`));
  }
  await until(async () => (await sidecar.page("/healthz")).status === 200);
  const good = readFileSync(output, "utf8");
  edit(config("nonsense", "99s"));
  await until(async () => readMetric((await sidecar.page("/metrics")).text, "reloader_rollbacks_total") > 0);
  sidecar.child.kill("SIGKILL");
  await sidecar.ended;
  // As a kill in the very moment between the write and the request leaves it.
  writeFileSync(output, config("nonsense", "99s"));
  sidecar = await startSidecar(t, here);
  await until(() => readFileSync(output, "utf8") === good);
  await until(async () => (await prometheus.metric(IS_SUCCESSFUL)) === 1);
  assert.match(await prometheus.config(), /evaluation_interval: 32s/u);
  assert.equal((await sidecar.page("/healthz")).status, 503);
});

test("the example tells its story with it, and every check of it holds", options, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXAMPLE], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, PLUMBLINE_PROMETHEUS: binary },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /a real Prometheus/u);
});

function config(scrape, evaluation) {
  return `global:\n  scrape_interval: ${scrape}\n  evaluation_interval: ${evaluation}\n`;
}

async function scene(t) {
  const folder = createScratch(t, { "in/prometheus.yml": config("$(INTERVAL)", "20s") });
  mkdirSync(join(folder, "out"));
  const output = join(folder, "out/prometheus.yml");
  writeFileSync(output, config("15s", "15s"));
  const prometheus = await startPrometheus(t, binary, { configFile: output, dataFolder: join(folder, "data") });
  const edit = (text) => {
    writeFileSync(join(folder, "in/.new"), text);
    renameSync(join(folder, "in/.new"), join(folder, "in/prometheus.yml"));
  };
  return { input: join(folder, "in/prometheus.yml"), edit, output, prometheus };
}

async function startSidecar(t, { input, output, prometheus }, more = []) {
  const port = await freePort();
  const args = [
    `--config-file=${input}`,
    `--config-envsubst-file=${output}`,
    `--reload-url=${prometheus.url}/-/reload`,
    `--runtime-info-url=${prometheus.url}/api/v1/status/runtimeinfo`,
    `--listen-address=127.0.0.1:${port}`,
    "--retry-interval=100ms",
    "--max-retry-interval=500ms",
    ...more,
  ];
  const child = spawn(process.execPath, [COMMAND, "reload", ...args], {
    stdio: "ignore",
    env: { ...process.env, INTERVAL: "21s" },
  });
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const page = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  await until(async () => (await page("/metrics")).status === 200);
  return { child, ended, page };
}

/** Looks at a metric all the while: what it was at any time. */
function watchMetric(t, prometheus, name) {
  const seen = new Set();
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      seen.add(await prometheus.metric(name));
      await wait(5);
    }
  })();
  const end = async () => {
    over.abort();
    await looking;
    return [...seen];
  };
  t.after(end);
  return { end };
}

async function until(holds) {
  for (const end = Date.now() + BOUND_MS; ; await wait(25)) {
    try {
      if (await holds()) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    assert.ok(Date.now() < end, `not within ${BOUND_MS} ms: ${holds}`);
  }
}
