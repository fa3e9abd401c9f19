// A real OpenTelemetry Collector: what it writes is what was sent, field by field, and nothing is lost while it stands still, is killed, or has no
// room left on its disk. Needs a build.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { findCollector, meaningOf, startCollector } from "../lib/collector.mjs";
import { createScratch } from "../lib/scratch.mjs";

const root = resolve(import.meta.dirname, "../..");
const dist = (name) => import(new URL(`packages/${name}/dist/index.js`, `file://${root}/`).href);
const COMMAND = join(root, "packages/cli/bin/plumbline.js");
const EXAMPLES = resolve(root, "../shared/data/otlp");
const BOUND_MS = 60_000;

const { path, missing } = findCollector();
const options = path === undefined ? { skip: `needs the OpenTelemetry Collector: ${missing}` } : {};

const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 };
const SCHEMA = "https://opentelemetry.io/schemas/1.37.0";
/** Values as a service has them, and as OTLP has them. */
const VALUES = [
  ["text", "a\u0000\u2028é😀", { stringValue: "a\u0000\u2028é😀" }],
  ["nothing", "", { stringValue: "" }],
  ["yes", true, { boolValue: true }],
  ["no", false, { boolValue: false }],
  ["zero", 0, { intValue: "0" }],
  ["integer", -42, { intValue: "-42" }],
  ["largest", 9_223_372_036_854_775_807n, { intValue: "9223372036854775807" }],
  ["smallest", -9_223_372_036_854_775_808n, { intValue: "-9223372036854775808" }],
  ["ratio", 0.1, { doubleValue: 0.1 }],
  ["infinite", Number.NEGATIVE_INFINITY, { doubleValue: "-Infinity" }],
  ["not", Number.NaN, { doubleValue: "NaN" }],
  ["bytes", Uint8Array.of(0, 128, 255), { bytesValue: "AID/" }],
  ["list", [1, "two", [true]], { arrayValue: { values: [{ intValue: "1" }, { stringValue: "two" }, list(true)] } }],
  ["empty", [], { arrayValue: {} }],
  ["map", { a: { b: 1.5 } }, map("a", map("b", { doubleValue: 1.5 }))],
];
const WAYS = [
  { protocol: "http/protobuf", compression: "none" },
  { protocol: "http/protobuf", compression: "gzip" },
  { protocol: "http/json", compression: "none" },
  { protocol: "http/json", compression: "gzip" },
];

for (const way of WAYS) {
  const name = `${way.protocol}, ${way.compression === "gzip" ? "gzip" : "plain"}`;
  test(`every field of a log record stands in a real collector's file as it was sent: ${name}`, options, async (t) => {
    const folder = createScratch(t, {});
    const collector = await startCollector(t, path, { folder });
    const { createOtlpSink } = await dist("otlp");
    const sink = createOtlpSink({ ...way, endpoint: collector.url, proxy: false, schemaUrl: SCHEMA }, await host());
    const lines = await everyLine();
    await sink.write(lines, { signal: new AbortController().signal });
    await sink.close();
    const { normaliseOtlpJson } = await dist("testing");
    const written = collector.requests().map((each) => normaliseOtlpJson(each, "ExportLogsServiceRequest"));
    assert.deepEqual(written.map(meaningOf), [meaningOf(everyRecord())]);
    const log = collector.log();
    for (const said of [
      "EventName: all.kinds",
      "Int(9223372036854775807)",
      "Trace ID: 0af7651916cd43dd8448eb211c80319c",
    ]) {
      assert.ok(log.includes(said), `the debug exporter did not say ${said}`);
    }
  });
}

test(
  "`plumbline export` brings a real collector each example of OTLP/JSON, unchanged in meaning",
  options,
  async (t) => {
    if (!existsSync(EXAMPLES)) return t.skip("needs the examples of opentelemetry-proto in ../shared/data/otlp");
    const collector = await startCollector(t, path, { folder: createScratch(t, {}) });
    const { normaliseOtlpJson } = await dist("testing");
    const expected = [];
    for (const [kind, file] of [
      ["Logs", "logs"],
      ["Trace", "trace"],
      ["Metrics", "metrics"],
      ["Logs", "events"],
    ]) {
      const example = join(EXAMPLES, `${file}.json`);
      const args = [COMMAND, "export", example, "--endpoint", collector.url];
      const { status, stderr } = spawnSync(process.execPath, args, {
        encoding: "utf8",
        env: { ...process.env, NO_PROXY: "*" },
      });
      assert.equal(status, 0, stderr);
      expected.push(normaliseOtlpJson(JSON.parse(readFileSync(example, "utf8")), `Export${kind}ServiceRequest`));
    }
    const kinds = ["Logs", "Trace", "Metrics", "Logs"];
    const written = collector
      .requests()
      .map((each, index) => normaliseOtlpJson(each, `Export${kinds[index]}ServiceRequest`));
    assert.deepEqual(written.map(meaningOf), expected.map(meaningOf));
    return undefined;
  },
);

test(
  "nothing is lost, and accounts are exact, while a real collector stands still, and is killed",
  options,
  async (t) => {
    const folder = createScratch(t, {});
    const collector = await startCollector(t, path, { folder });
    await outlive(t, folder, collector, async ({ delivered }) => {
      await delivered(500);
      collector.stop();
      await wait(2500);
      collector.goOn();
      for (let round = 0; round < 2; round++) {
        await delivered(500);
        await collector.kill();
        await wait(500);
        await collector.start();
      }
    });
  },
);

test("nothing is lost, and accounts are exact, while a real collector's disk is full", options, async (t) => {
  // Unmounted before the folder is removed: these run in the order in which they were asked for.
  let disk = "";
  t.after(() => spawnSync("umount", ["-l", disk]));
  const folder = createScratch(t, {});
  disk = join(folder, "disk");
  mkdirSync(disk);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk]);
  if (status !== 0) return t.skip("needs root, to mount a small disk");
  const collector = await startCollector(t, path, { folder, output: join(disk, "received.jsonl") });
  await outlive(t, folder, collector, async ({ account, delivered }) => {
    await delivered(500);
    fill(join(disk, "rest"));
    await until(() => collector.log().includes("no space left on device"));
    const before = account("journaled").delivered;
    await wait(1000);
    assert.ok(account("journaled").delivered - before < 1024, "it took what it could not write");
    writeFileSync(join(disk, "rest"), "");
  });
  return undefined;
});

/** Sends events, by both deliveries, all through some trouble; then looks whether each is in the collector's file, and stands in the accounts. */
async function outlive(t, folder, collector, trouble) {
  const telemetry = await service(folder, collector.url);
  let n = 0;
  const emitting = setInterval(() => {
    for (const end = n + 20; n < end; n++) telemetry.emit("order.placed", { n });
  }, 10);
  t.after(async () => {
    clearInterval(emitting);
    await telemetry.close({ timeoutMs: 1000 });
  });
  const account = (name) => telemetry.report().outputs.find((output) => output.name === name);
  const delivered = async (more) => {
    const goals = ["journaled", "direct"].map((name) => [name, account(name).delivered + more]);
    await until(() => goals.every(([name, goal]) => account(name).delivered >= goal));
  };
  await trouble({ account, delivered });
  await delivered(500);
  clearInterval(emitting);
  await telemetry.flush({ timeoutMs: BOUND_MS });
  for (const name of ["journaled", "direct"]) {
    const { accepted, delivered: arrived, queued, inFlight, dropped } = account(name);
    const expected = { accepted: n, arrived: n, queued: 0, inFlight: 0, dropped: {} };
    assert.deepEqual({ accepted, arrived, queued, inFlight, dropped }, expected);
  }

  // At least once: what was under way at a stop or a kill may stand there twice.
  const { itemsOf, attributeOf, normaliseOtlpJson } = await dist("testing");
  const seen = { journaled: [], direct: [] };
  const ids = new Map();
  for (const request of collector.requests()) {
    const message = normaliseOtlpJson(request, "ExportLogsServiceRequest");
    for (const { item } of itemsOf({ signal: "logs", message })) {
      const number = Number(attributeOf(item, "n").intValue);
      const uid = attributeOf(item, "log.record.uid")?.stringValue;
      if (uid === undefined) seen.direct.push(number);
      else {
        seen.journaled.push(number);
        assert.equal(ids.get(number) ?? uid, uid, "an event came twice, with two ids");
        ids.set(number, uid);
      }
    }
  }
  const all = Array.from({ length: n }, (_, index) => index);
  for (const [name, numbers] of Object.entries(seen)) {
    const there = new Set(numbers);
    const lost = all.filter((number) => !there.has(number));
    assert.deepEqual(lost, [], `${name}: not each event is there`);
    assert.deepEqual([...there], all, `${name}: not in order`);
    t.diagnostic(`${name}: ${n} events, 0 lost, ${numbers.length - n} twice`);
  }
  assert.equal(new Set(ids.values()).size, n);
}

/** A service with two sinks to one collector: fed from the journal, as protocol buffers; and directly, as compressed JSON. */
async function service(folder, endpoint) {
  const [{ start }, { otlp }] = await Promise.all([dist("sdk"), dist("otlp")]);
  const way = { use: otlp, endpoint, proxy: false, timeout: "1s", retry: { initial: "50ms", max: "200ms" } };
  return start({
    cwd: folder,
    env: {},
    service: { name: "shop" },
    journal: { path: "shop.jsonl" },
    sinks: {
      journaled: { ...way, delivery: "journal", batch: { maxDelay: "20ms" } },
      direct: { ...way, protocol: "http/json", compression: "gzip", batch: { maxDelay: "20ms" } },
    },
  });
}

async function host() {
  const { createSystemClock } = await dist("core");
  const quiet = () => undefined;
  const diagnostics = { error: quiet, warn: quiet, info: quiet, debug: quiet, verbose: quiet };
  return { name: "interop", clock: createSystemClock(), diagnostics, signal: new AbortController().signal, env: {} };
}

/** A line with everything, a bare one of another scope, and one of each severity. */
async function everyLine() {
  const { createLineWriter, createSystemClock, DEFAULT_LIMITS } = await dist("core");
  const writer = createLineWriter({
    clock: createSystemClock(),
    limits: DEFAULT_LIMITS,
    redactor: undefined,
    resource: { "service.name": "shop", "process.pid": 7 },
  });
  const time = 1_763_675_823_123_456_789n;
  const attributes = Object.fromEntries(VALUES.map(([key, value]) => [key, value]));
  const scope = { name: "shop", version: "1.2.3" };
  const full = {
    name: "all.kinds",
    body: [attributes],
    attributes,
    time,
    observedTime: time + 1n,
    trace: TRACE,
    scope,
    droppedAttributes: 3,
  };
  const lines = [writer.write(full, 18)];
  for (let severity = 1; severity <= 24; severity++) lines.push(writer.write({ name: "bare", time }, severity));
  for (const [index, line] of lines.entries()) line.number("0k3f9c2a00000", index + 1);
  return lines;
}

function everyRecord() {
  const time = "1763675823123456789";
  const values = VALUES.map(([key, , value]) => ({ key, value }));
  const uid = (n) => ({ key: "log.record.uid", value: { stringValue: `0k3f9c2a00000:${n}` } });
  const record = {
    timeUnixNano: time,
    observedTimeUnixNano: "1763675823123456790",
    severityNumber: 18,
    severityText: "ERROR2",
    eventName: "all.kinds",
    body: { arrayValue: { values: [{ kvlistValue: { values } }] } },
    attributes: [uid(1), ...values],
    droppedAttributesCount: 3,
    flags: 1,
    traceId: TRACE.traceId,
    spanId: TRACE.spanId,
  };
  const names = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((text) => [
    text,
    `${text}2`,
    `${text}3`,
    `${text}4`,
  ]);
  const bare = names.map((severityText, index) => ({
    timeUnixNano: time,
    severityNumber: index + 1,
    severityText,
    eventName: "bare",
    observedTimeUnixNano: time,
    attributes: [uid(index + 2)],
  }));
  const resource = {
    attributes: [
      { key: "service.name", value: { stringValue: "shop" } },
      { key: "process.pid", value: { intValue: "7" } },
    ],
  };
  const scopeLogs = [{ scope: { name: "shop", version: "1.2.3" }, logRecords: [record] }, { logRecords: bare }];
  return { resourceLogs: [{ resource, scopeLogs, schemaUrl: SCHEMA }] };
}

function list(value) {
  return { arrayValue: { values: [{ boolValue: value }] } };
}

function map(key, value) {
  return { kvlistValue: { values: [{ key, value }] } };
}

/** Writes until there is no room. */
function fill(file) {
  for (const size of [65_536, 4096, 1]) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size, "x"), { flag: "a" });
      } catch {
        break;
      }
    }
  }
}

async function until(holds) {
  for (const end = Date.now() + BOUND_MS; !holds(); await wait(20)) {
    assert.ok(Date.now() < end, `not within ${BOUND_MS} ms: ${holds}`);
  }
}
