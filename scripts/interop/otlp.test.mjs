// OTLP beside the OpenTelemetry SDK: our tarballs in a project with either of its lines, its real processors before our exporters, and its
// own exporters to the same receiver; and through ours to a real collector, where one can be had.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { findCollector, meaningOf, startCollector } from "../lib/collector.mjs";
import { npm } from "../lib/npm.mjs";

const root = resolve(import.meta.dirname, "../..");
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

const REQUESTS = { resourceLogs: "Logs", resourceSpans: "Trace", resourceMetrics: "Metrics" };

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
  test(`beside the ${line} line of the OpenTelemetry SDK npm warns of no peer, and both exporters send the same`, async (t) => {
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
    const { path, missing } = findCollector();
    const collector = path === undefined ? undefined : await startCollector(t, path, { folder: project });
    const { status, stdout, stderr } = spawnSync(process.execPath, ["both.mjs", collector?.url ?? ""], {
      cwd: project,
      encoding: "utf8",
      timeout: 60_000,
      env: { PATH: process.env.PATH, HOME: project, NO_PROXY: "*", NODE_NO_WARNINGS: "1" },
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /same: traces logs metrics/u);
    const skip = collector === undefined && `needs the OpenTelemetry Collector: ${missing}`;
    await t.test(
      `what the ${line} line's spans, records and metrics are stands in a real collector's file`,
      { skip },
      async () => {
        const { normaliseOtlpJson } = await import(new URL("packages/testing/dist/index.js", `file://${root}/`).href);
        const sent = stdout
          .split("\n")
          .filter((each) => each.startsWith("{"))
          .map((each) => JSON.parse(each));
        const written = collector.requests().map((request) => {
          const kind = REQUESTS[Object.keys(request)[0]];
          return normaliseOtlpJson(request, `Export${kind}ServiceRequest`);
        });
        // Each as protocol buffers and as JSON; the exports of one signal do not wait for those of another.
        const inOrder = (messages) =>
          messages.map((message) => inspect(meaningOf(message), { depth: 40, sorted: true })).toSorted();
        assert.deepEqual(new Set(sent.flatMap((message) => Object.keys(message))), new Set(Object.keys(REQUESTS)));
        assert.deepEqual(inOrder(written), inOrder(sent.flatMap((message) => [message, message])));
        const log = collector.log();
        for (const said of [/Name\s+: POST \/cart/u, /EventName: cart.full/u, /-> Name: orders/u])
          assert.match(log, said);
      },
    );
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
const one = (exporter, records) => new Promise((resolve) => exporter.export(records, resolve));
const exportAll = (...exporters) => ({
  async export(records, done) {
    let result;
    for (const exporter of exporters) {
      result = await one(exporter, records);
      if (result.code !== 0) break;
    }
    done(result);
  },
  forceFlush: async () => { for (const exporter of exporters) await exporter.forceFlush?.(); },
  shutdown: async () => { for (const exporter of exporters) await exporter.shutdown(); },
});
const collector = process.argv[2];
const ways = [{ endpoint: own.url }];
if (collector !== "") for (const protocol of ["http/protobuf", "http/json"]) ways.push({ endpoint: collector, protocol });
const spans = exportAll(new OTLPTraceExporter({ url: official.url + "/v1/traces" }), ...ways.map(createOtlpSpanExporter));
const logs = exportAll(new OTLPLogExporter({ url: official.url + "/v1/logs" }), ...ways.map(createOtlpLogRecordExporter));
const metrics = exportAll(new OTLPMetricExporter({ url: official.url + "/v1/metrics" }), ...ways.map(createOtlpMetricExporter));

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
for (const { message } of own.requests) console.log(JSON.stringify(message));
await official.close();
await own.close();
process.exit(0);
`;
}

test("the examples of OTLP/JSON go through `plumbline export` unchanged in meaning", async (t) => {
  const folder = resolve(root, "../shared/data/otlp");
  if (!existsSync(folder)) return t.skip("needs the examples of opentelemetry-proto in ../shared/data/otlp");
  const { createOtlpReceiver, normaliseOtlpJson } = await import(
    new URL("packages/testing/dist/index.js", `file://${root}/`).href
  );
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
      const kind = REQUESTS[Object.keys(given)[0]];
      assert.deepEqual(receiver.requests.at(-1).message, normaliseOtlpJson(given, `Export${kind}ServiceRequest`), name);
    }
    await receiver.close();
  }
  return undefined;
});
