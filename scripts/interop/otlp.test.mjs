// OTLP beside the OpenTelemetry SDK: our tarballs in a project with either of its lines, its real processors before our exporters, and its
// own exporters to the same receiver. And a real collector, where one can be built.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { npm } from "../lib/npm.mjs";

const root = resolve(import.meta.dirname, "../..");
const COLLECTOR = "0.164.0";
const COLLECTOR_STABLE = "1.70.0";
const OURS = ["core", "jsonl", "otlp", "testing"];
const LINES = [
  {
    line: "2.x",
    packages: [
      "@opentelemetry/api@1.9.1",
      "@opentelemetry/sdk-trace-base@2.12.0",
      "@opentelemetry/sdk-logs@0.223.0",
      "@opentelemetry/sdk-metrics@2.12.0",
      "@opentelemetry/exporter-trace-otlp-proto@0.223.0",
      "@opentelemetry/exporter-logs-otlp-proto@0.223.0",
      "@opentelemetry/exporter-metrics-otlp-proto@0.223.0",
    ],
    trace: "@opentelemetry/sdk-trace-base",
  },
  {
    line: "3.x",
    packages: [
      "@opentelemetry/api@1.10.0",
      "@opentelemetry/sdk-trace@3.1.0",
      "@opentelemetry/sdk-logs@3.1.0",
      "@opentelemetry/sdk-metrics@3.1.0",
      "@opentelemetry/exporter-trace-otlp-proto@0.301.0",
      "@opentelemetry/exporter-logs-otlp-proto@0.301.0",
      "@opentelemetry/exporter-metrics-otlp-proto@0.301.0",
    ],
    trace: "@opentelemetry/sdk-trace",
  },
];

let scratch = "";
let tarballs = [];

before(() => {
  scratch = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
  tarballs = OURS.map((name) => {
    const [packed] = JSON.parse(
      npm(["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], { cwd: join(root, "packages", name) }),
    );
    return join(scratch, packed.filename);
  });
});

after(() => rmSync(scratch, { recursive: true, force: true }));

for (const { line, packages, trace } of LINES) {
  test(`beside the ${line} line of the OpenTelemetry SDK npm warns of no peer, and both exporters send the same`, () => {
    const project = join(scratch, line);
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "beside", private: true, type: "module" }));
    const installed = spawnSync(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages, ...tarballs],
      {
        cwd: project,
        encoding: "utf8",
      },
    );
    assert.equal(installed.status, 0, installed.stderr);
    assert.doesNotMatch(installed.stderr, /peer|ERESOLVE|conflict/iu);
    writeFileSync(join(project, "both.mjs"), bothExporters(trace));
    const { status, stdout, stderr } = spawnSync(process.execPath, ["both.mjs"], {
      cwd: project,
      encoding: "utf8",
      timeout: 60_000,
      env: { PATH: process.env.PATH, HOME: project, NO_PROXY: "*", NODE_NO_WARNINGS: "1" },
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /same: traces logs metrics/u);
  });
}

/** A program whose SDK hands the same spans, records and metrics to its own exporters and to ours. */
function bothExporters(trace) {
  return `
import assert from "node:assert/strict";
import * as tracing from ${JSON.stringify(trace)};
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { createOtlpLogRecordExporter, createOtlpMetricExporter, createOtlpSpanExporter } from "@plumbline/otlp";
import { createOtlpReceiver } from "@plumbline/testing";

const official = await createOtlpReceiver();
const own = await createOtlpReceiver();
const exportBoth = (first, second) => ({
  export(records, done) {
    first.export(records, (one) => second.export(records, (two) => done(one.code === 0 ? two : one)));
  },
  forceFlush: async () => { await first.forceFlush?.(); await second.forceFlush(); },
  shutdown: async () => { await first.shutdown(); await second.shutdown(); },
});
const options = { endpoint: own.url };
const spans = exportBoth(new OTLPTraceExporter({ url: official.url + "/v1/traces" }), createOtlpSpanExporter(options));
const logs = exportBoth(new OTLPLogExporter({ url: official.url + "/v1/logs" }), createOtlpLogRecordExporter(options));
const metrics = exportBoth(new OTLPMetricExporter({ url: official.url + "/v1/metrics" }), createOtlpMetricExporter(options));

const tracers = new (tracing.TracerProvider ?? tracing.BasicTracerProvider)({ spanProcessors: [new tracing.SimpleSpanProcessor(tracing.TracerProvider === undefined ? spans : { exporter: spans })] });
const span = tracers.getTracer("shop", "1.0.0").startSpan("POST /cart", { kind: 1, attributes: { items: 3, ratio: 0.5 } });
span.addEvent("declined", { code: 51 });
span.setStatus({ code: 2, message: "card declined" });
span.end();
await tracers.forceFlush();

const loggers = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] });
loggers.getLogger("shop").emit({ severityNumber: 13, severityText: "WARN", body: "cart is full", eventName: "cart.full", attributes: { cart: { items: [1, 2] } } });
await loggers.forceFlush();

const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000 });
const meters = new MeterProvider({ readers: [reader] });
const meter = meters.getMeter("shop");
meter.createCounter("orders", { unit: "{order}" }).add(2, { shop: "a" });
meter.createHistogram("duration", { unit: "s" }).record(0.25);
await meters.forceFlush();
await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);

const saysNothing = (held) => held !== null && typeof held === "object" && Object.keys(held).length === 0;
const plain = (receiver, signal) =>
  receiver.requests.filter((request) => request.signal === signal).map(({ message }) =>
    JSON.parse(JSON.stringify(message), (key, held) => (key !== "value" && saysNothing(held) ? undefined : held)));
for (const signal of ["traces", "logs", "metrics"]) {
  assert.ok(plain(own, signal).length > 0, signal + " did not arrive");
  assert.deepEqual(plain(own, signal)[0], plain(official, signal)[0], signal);
}
console.log("same: traces logs metrics");
await official.close();
await own.close();
process.exit(0);
`;
}

test("a real collector gets everything as it was sent", (t) => {
  const collector = buildCollector();
  if ("missing" in collector) return t.skip(`needs the OpenTelemetry Collector: ${collector.missing}`);
  return runCollector(collector.path);
});

/** Builds the collector by its own builder, once for this machine; checksums are verified as always. */
function buildCollector() {
  const folder = join(tmpdir(), `plumbline-otelcol-${COLLECTOR}`);
  const path = join(folder, "dist/otelcol");
  if (existsSync(path)) return { path };
  const env = { ...process.env, GOBIN: join(folder, "bin"), GOFLAGS: "-buildvcs=false" };
  const run = (command, args) => spawnSync(command, args, { cwd: folder, env, encoding: "utf8", timeout: 280_000 });
  mkdirSync(folder, { recursive: true });
  if (run("go", ["version"]).status !== 0) return { missing: "there is no Go" };
  const gomod = (name, version = COLLECTOR) => `{ gomod: "go.opentelemetry.io/collector/${name} v${version}" }`;
  writeFileSync(
    join(folder, "builder.yaml"),
    `dist: { name: otelcol, output_path: ./dist }
receivers: [${gomod("receiver/otlpreceiver")}]
exporters: [${gomod("exporter/otlphttpexporter")}, ${gomod("exporter/debugexporter")}]
providers: [${gomod("confmap/provider/fileprovider", COLLECTOR_STABLE)}]
`,
  );
  const steps = [
    ["go", ["install", `go.opentelemetry.io/collector/cmd/builder@v${COLLECTOR}`]],
    [join(folder, "bin/builder"), ["--config", "builder.yaml"]],
  ];
  for (const [command, args] of steps) {
    const { status, stderr } = run(command, args);
    if (status !== 0) {
      rmSync(folder, { recursive: true, force: true });
      return { missing: `its modules could not be had (${/\d{3} [A-Z][a-z]+/u.exec(stderr)?.[0] ?? "see go"})` };
    }
  }
  return { path };
}

/** What the collector sends on, after it has read it, is what it was sent: in every signal, and across SIGSTOP and SIGKILL. */
async function runCollector(path) {
  const { createOtlpReceiver, createTestLines, itemsOf } = await import(
    new URL("packages/testing/dist/index.js", `file://${root}/`).href
  );
  const { createOtlpSink } = await import(new URL("packages/otlp/dist/index.js", `file://${root}/`).href);
  const { createSystemClock } = await import(new URL("packages/core/dist/index.js", `file://${root}/`).href);
  const { spawn } = await import("node:child_process");
  const behind = await createOtlpReceiver();
  const config = join(scratch, "collector.yaml");
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:14318" } } } }
exporters: { otlphttp: { endpoint: "${behind.url}", sending_queue: { enabled: false } } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlphttp] }
`,
  );
  const start = () => spawn(path, ["--config", `file:${config}`], { stdio: "ignore" });
  const told = [];
  const tell = (...parts) => void told.push(parts);
  const quiet = { error: tell, warn: tell, info: tell, debug: tell, verbose: tell };
  const { signal } = new AbortController();
  const sink = createOtlpSink(
    { endpoint: "http://127.0.0.1:14318", proxy: false, timeoutMs: 1000 },
    { name: "interop", clock: createSystemClock(), diagnostics: quiet, signal, env: {} },
  );
  const lines = createTestLines(3000, { epoch: "0k3f9c2a00000" });
  let collector = start();
  try {
    for (let from = 0; from < lines.length; from += 500) {
      if (from === 1000) {
        collector.kill("SIGSTOP");
        setTimeout(() => collector.kill("SIGCONT"), 3000);
      }
      if (from === 2000) {
        collector.kill("SIGKILL");
        collector = start();
      }
      for (let attempt = 0; ; attempt++) {
        try {
          await sink.write(lines.slice(from, from + 500), { signal });
          break;
        } catch (error) {
          if (attempt === 60) throw error;
          await new Promise((done) => setTimeout(done, 250));
        }
      }
    }
  } finally {
    collector.kill("SIGKILL");
    await sink.close();
  }
  const direct = await createOtlpReceiver();
  const reference = createOtlpSink(
    { endpoint: direct.url, proxy: false },
    { name: "reference", clock: createSystemClock(), diagnostics: quiet, signal, env: {} },
  );
  await reference.write(lines, { signal });
  await reference.close();
  const texts = (receiver) =>
    receiver.requests.flatMap((request) => itemsOf(request)).map((item) => JSON.stringify(item));
  // At least once: what was under way when it was stopped or killed may have gone through twice.
  const sorted = (items) => items.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  assert.deepEqual(sorted([...new Set(texts(behind))]), sorted(texts(direct)), JSON.stringify(told));
  await Promise.all([behind.close(), direct.close()]);
}

test("the examples of OTLP/JSON go through `plumbline export` unchanged in meaning", async (t) => {
  const folder = resolve(root, "../shared/data/otlp");
  if (!existsSync(folder)) return t.skip("needs the examples of opentelemetry-proto in ../shared/data/otlp");
  const { createOtlpReceiver, normaliseOtlpJson } = await import(
    new URL("packages/testing/dist/index.js", `file://${root}/`).href
  );
  const { readFileSync } = await import("node:fs");
  const { spawn } = await import("node:child_process");
  for (const protocol of ["http/protobuf", "http/json"]) {
    const receiver = await createOtlpReceiver();
    for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
      const bin = join(root, "packages/cli/bin/plumbline.js");
      const args = [bin, "export", join(folder, name), "--endpoint", receiver.url, "--protocol", protocol];
      const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NO_PROXY: "*" } });
      let said = "";
      child.stderr.on("data", (chunk) => (said += chunk));
      const code = await new Promise((done) => child.once("exit", done));
      assert.equal(code, 0, said);
      const given = JSON.parse(readFileSync(join(folder, name), "utf8"));
      const kind = { resourceLogs: "Logs", resourceSpans: "Trace", resourceMetrics: "Metrics" }[Object.keys(given)[0]];
      assert.deepEqual(receiver.requests.at(-1).message, normaliseOtlpJson(given, `Export${kind}ServiceRequest`), name);
    }
    await receiver.close();
  }
  return undefined;
});
