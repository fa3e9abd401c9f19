import { createServer } from "node:http";
import { AsyncLocalStorage } from "node:async_hooks";
import { context, ROOT_CONTEXT, type Context } from "@opentelemetry/api";
import { createFileSink } from "@plumbline/file";
import * as line3 from "@plumbline/otel-3x";
import {
  createFakeClock,
  createOtlpReceiver,
  decodeOtlp,
  itemsOf,
  normaliseOtlpJson,
  type OtlpMessage,
} from "@plumbline/testing";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as line2 from "otlp-transformer-2x";
import { eventLineFrom } from "@plumbline/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTestContext } from "@plumbline/testing";
import {
  createOtlpLogRecordExporter,
  createOtlpMetricExporter,
  createOtlpSink,
  createOtlpSpanExporter,
  type SdkExporter,
  type SdkExporterOptions,
  type SdkExportResult,
  type SdkLogRecord,
  type SdkResourceMetrics,
  type SdkSpan,
} from "../src/index.ts";
import { createIdentity } from "./certificates.ts";
import { until } from "./scene.ts";

const resource = { attributes: { "service.name": "shop", "process.pid": 7 }, schemaUrl: "https://schemas/1.37.0" };
const plainResource = { attributes: { "service.name": "shop" } };
const scope = { name: "shop", version: "1.0.0", schemaUrl: "https://schemas/scope", attributes: { "scope.a": 1.5 } };
const plainScope = { name: "shop" };
const traceId = "0af7651916cd43dd8448eb211c80319c";
const context1 = { traceId, spanId: "b7ad6b7169203331", traceFlags: 1, traceState: { serialize: () => "a=1,b=2" } };

const span: SdkSpan = {
  name: "POST /cart",
  kind: 1,
  spanContext: () => context1,
  // All decimal, and a valid card number: it must stay what it is.
  parentSpanContext: { traceId, spanId: "4111111111111111", traceFlags: 1, isRemote: true },
  startTime: [1_763_675_823, 123_456_789],
  endTime: [1_763_675_824, 1],
  status: { code: 2, message: "card declined" },
  attributes: { "http.status": 500, list: ["a", "b"], ratio: 0.5, ok: false },
  links: [
    {
      context: { traceId, spanId: "00f067aa0ba902b7", traceFlags: 1, isRemote: true },
      attributes: { why: "retry" },
      droppedAttributesCount: 2,
    },
    { context: { traceId, spanId: "00f067aa0ba902b8", traceFlags: 0 } },
  ],
  events: [
    { time: [1_763_675_823, 200], name: "declined", attributes: { code: 51 }, droppedAttributesCount: 1 },
    { time: [1_763_675_823, 300], name: "bare" },
  ],
  resource,
  instrumentationScope: scope,
  droppedAttributesCount: 1,
  droppedEventsCount: 2,
  droppedLinksCount: 3,
};
const plainSpan: SdkSpan = {
  ...span,
  parentSpanContext: undefined,
  kind: 0,
  status: { code: 0 },
  links: [],
  events: [],
  resource: plainResource,
  instrumentationScope: plainScope,
  attributes: {},
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
};

const record: SdkLogRecord = {
  hrTime: [1_763_675_823, 1],
  hrTimeObserved: [1_763_675_824, 2],
  spanContext: context1,
  severityText: "WARN",
  severityNumber: 13,
  body: { a: [1, null, { b: new Uint8Array([1, 2]) }] },
  eventName: "cart.full",
  resource,
  instrumentationScope: scope,
  attributes: { n: 1, deep: { x: "y" } },
  droppedAttributesCount: 4,
};
const plainRecord: SdkLogRecord = {
  hrTime: [1_763_675_823, 1],
  hrTimeObserved: [1_763_675_823, 1],
  severityNumber: 9,
  severityText: "INFO",
  body: "text",
  resource: plainResource,
  instrumentationScope: plainScope,
  attributes: {},
  droppedAttributesCount: 0,
};

const point = { startTime: [1_763_675_800, 0] as [number, number], endTime: [1_763_675_823, 5] as [number, number] };
const metrics: SdkResourceMetrics = {
  resource,
  scopeMetrics: [
    {
      scope: { name: "shop", version: "1.0.0", schemaUrl: "https://schemas/scope" },
      metrics: [
        {
          descriptor: { name: "orders", description: "Orders taken", unit: "{order}", valueType: 0 },
          aggregationTemporality: 1,
          dataPointType: 3,
          isMonotonic: true,
          dataPoints: [
            { ...point, attributes: { shop: "a" }, value: 42 },
            // As many digits as a card number, and a valid one.
            { ...point, attributes: { shop: "b" }, value: 4_111_111_111_111_111 },
          ],
        },
        {
          descriptor: { name: "load", description: "", unit: "", valueType: 1 },
          aggregationTemporality: 0,
          dataPointType: 2,
          dataPoints: [
            { ...point, attributes: {}, value: 1 },
            { ...point, attributes: { a: 1 }, value: -1.5e15 },
          ],
        },
        {
          descriptor: { name: "duration", description: "d", unit: "s", valueType: 1 },
          aggregationTemporality: 0,
          dataPointType: 0,
          dataPoints: [
            {
              ...point,
              attributes: { r: "/" },
              value: {
                buckets: { boundaries: [0.5, 1, 2], counts: [1, 0, 3, 4] },
                sum: 9.5,
                count: 8,
                min: 0.1,
                max: 7,
              },
            },
            { ...point, attributes: { r: "/x" }, value: { buckets: { boundaries: [], counts: [2] }, count: 2 } },
          ],
        },
        {
          descriptor: { name: "size", description: "e", unit: "By", valueType: 1 },
          aggregationTemporality: 1,
          dataPointType: 1,
          dataPoints: [
            {
              ...point,
              attributes: {},
              value: {
                count: 5,
                sum: 12,
                scale: -3,
                zeroCount: 1,
                min: 0,
                max: 8,
                positive: { offset: -2, bucketCounts: [1, 2] },
                negative: { offset: 0, bucketCounts: [] },
              },
            },
          ],
        },
      ],
    },
    { scope: { name: "plain" }, metrics: [] },
  ],
};

/** Exports, and gives what the exporter called back with. */
function exported<Exported>(exporter: SdkExporter<Exported>, what: Exported): Promise<SdkExportResult> {
  return new Promise((resolve) => exporter.export(what, resolve));
}

/** Without bodies that say nothing, flags of 0, empty messages and lists, of which the official serialisers write some. */
function inMeaning(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message), function (name, held: unknown) {
    const text = JSON.stringify(held);
    return (text === "{}" && name !== "value") || text === "[]" ? undefined : held;
  });
}

type Serializer = { serializeRequest(request: never): Uint8Array | undefined };
const lines = [
  ["2.x", line2],
  ["3.x", line3],
] as const;

describe.each(["http/protobuf", "http/json"] as const)("over %s", (protocol) => {
  describe.each(lines)("what is exported is what the official exporters of the %s line send", (_, official) => {
    test.each<[string, string, (options: SdkExporterOptions) => SdkExporter<never>, unknown, Serializer, Serializer]>([
      [
        "spans",
        "ExportTraceServiceRequest",
        (options) => createOtlpSpanExporter(options),
        [span, plainSpan],
        official.ProtobufTraceSerializer,
        official.JsonTraceSerializer,
      ],
      [
        "log records",
        "ExportLogsServiceRequest",
        (options) => createOtlpLogRecordExporter(options),
        [record, plainRecord],
        official.ProtobufLogsSerializer,
        official.JsonLogsSerializer,
      ],
      [
        "metrics",
        "ExportMetricsServiceRequest",
        (options) => createOtlpMetricExporter(options),
        metrics,
        official.ProtobufMetricsSerializer,
        official.JsonMetricsSerializer,
      ],
    ])("%s", async (__, message, create, what, proto, json) => {
      await using receiver = await createOtlpReceiver();
      const exporter = create({ endpoint: receiver.url, protocol, proxy: false });
      expect(await exported(exporter, what as never)).toEqual({ code: 0 });
      await exporter.shutdown();
      const serializer = protocol === "http/json" ? json : proto;
      const bytes = Buffer.from(serializer.serializeRequest(what as never) ?? []);
      const expected =
        protocol === "http/json"
          ? normaliseOtlpJson(JSON.parse(bytes.toString(), withoutStrayUrl), message)
          : decodeOtlp(bytes, message);
      expect(receiver.requests).toHaveLength(1);
      const sent = inMeaning(receiver.requests[0]?.message) as OtlpMessage;
      expect(withSameOrder(sent)).toEqual(withSameOrder(inMeaning(expected) as OtlpMessage));
    });
  });
});

/** The official JSON serialisers put the schema URL into the resource too, where OTLP has no such field. */
function withoutStrayUrl(this: unknown, key: string, held: unknown): unknown {
  return key === "resource" ? { ...(held as object), schemaUrl: undefined } : held;
}

/** An empty scope, and the order of scopes, say nothing. */
function withSameOrder(message: OtlpMessage): OtlpMessage {
  return JSON.parse(JSON.stringify(message), (name, held: unknown) =>
    name === "scopeMetrics" ? (held as OtlpMessage[]).filter((each) => each["metrics"] !== undefined) : held,
  ) as OtlpMessage;
}

test("what is secret is taken out of names, attributes, events, links, statuses, scopes, resources and exemplars", async () => {
  const secret = [
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJzdWIiOiIxMjM0NTY3ODkwIn0",
    "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
  ].join(".");
  const password = ["hunt", "er2"].join("");
  const bad = { password, token: secret };
  await using receiver = await createOtlpReceiver();
  const options = { endpoint: receiver.url, proxy: false as const };
  const spans = createOtlpSpanExporter(options);
  const logs = createOtlpLogRecordExporter(options);
  const meters = createOtlpMetricExporter(options);
  const badScope = { name: `n ${secret}`, attributes: bad };
  const badSchema = `https://schemas/${secret}`;
  await exported(spans, [
    {
      ...span,
      name: `GET /?t=${secret}`,
      attributes: bad,
      events: [{ time: [1, 1], name: secret, attributes: bad }],
      links: [{ context: { ...context1, isRemote: true }, attributes: bad }],
      status: { code: 2, message: `failed with ${secret}` },
      resource: { attributes: { ...bad, "service.name": "shop" }, schemaUrl: badSchema },
      instrumentationScope: badScope,
    },
  ]);
  await exported(logs, [{ ...record, body: bad, attributes: bad, eventName: secret, instrumentationScope: badScope }]);
  const exemplars = [
    { filteredAttributes: bad, value: 1, timestamp: [1, 1] as [number, number], traceId, spanId: "b7ad6b7169203331" },
  ];
  const [first] = metrics.scopeMetrics[0]?.metrics ?? [];
  await exported(meters, {
    ...metrics,
    scopeMetrics: [
      {
        scope: badScope,
        metrics:
          first === undefined ? [] : [{ ...first, dataPoints: [{ ...point, attributes: bad, value: 1, exemplars }] }],
      },
    ],
  });
  const all = JSON.stringify(receiver.requests.map(({ message }) => message));
  expect(receiver.requests).toHaveLength(3);
  expect(all).not.toContain(secret);
  expect(all).not.toContain(password);
  expect(all.match(/\[redacted:/g)?.length).toBeGreaterThan(15);
  expect(all).toContain("filteredAttributes");
  await Promise.all([spans.shutdown(), logs.shutdown(), meters.shutdown()]);
});

test("through a journal, all three signals arrive as they were, each with its number's uid in logs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
  await using receiver = await createOtlpReceiver();
  await using direct = await createOtlpReceiver();
  const journal = createFileSink({ path: join(folder, "j.jsonl") });
  await journal.start();
  const toDirect = { endpoint: direct.url, proxy: false as const };
  for (const options of [{ journal }, toDirect] as SdkExporterOptions[]) {
    expect(await exported(createOtlpSpanExporter(options), [span])).toEqual({ code: 0 });
    expect(await exported(createOtlpLogRecordExporter(options), [record])).toEqual({ code: 0 });
    const meters = createOtlpMetricExporter(options);
    expect(await exported(meters, metrics)).toEqual({ code: 0 });
    await meters.forceFlush();
  }
  await journal.close();
  const text = readFileSync(join(folder, "j.jsonl"), "utf8").trimEnd().split("\n");
  const { name, clock, diagnostics, signal } = createTestContext();
  const sink = createOtlpSink({ endpoint: receiver.url, proxy: false }, { name, clock, diagnostics, signal, env: {} });
  await sink.start();
  expect(
    await sink.write(
      text.map((line) => eventLineFrom(line)),
      { signal },
    ),
  ).toBeUndefined();
  const withoutUid = (message: unknown): unknown =>
    JSON.parse(JSON.stringify(message), (key, held: unknown) =>
      key === "attributes" && Array.isArray(held)
        ? held.filter((entry: { key: string }) => entry.key !== "log.record.uid")
        : held,
    );
  for (const kind of ["logs", "traces", "metrics"] as const) {
    const [own, other] = [receiver, direct].map(({ requests }) =>
      requests.filter((each) => each.signal === kind).map(({ message }) => withoutUid(message)),
    );
    expect(own).toEqual(other);
  }
  expect(JSON.stringify(itemsOf(receiver.requests.find((each) => each.signal === "logs") as never))).toContain(
    "log.record.uid",
  );
  await sink.close();
  rmSync(folder, { recursive: true });
});

test("after its shutdown an exporter takes nothing more, and its journal goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const journal = createFileSink({ path: join(folder, "j.jsonl") });
  await journal.start();
  const exporter = createOtlpSpanExporter({ journal });
  await exporter.shutdown();
  expect(await exported(exporter, [span])).toMatchObject({ code: 1, error: { code: "PLB_OTLP_CLOSED" } });
  expect(exporter.report()).toMatchObject({ accepted: 1, delivered: 0, dropped: { closed: 1 } });
  const other = createOtlpSpanExporter({ journal });
  expect(await exported(other, [span])).toEqual({ code: 0 });
  await journal.close();
});

describe("without a journal", () => {
  test("an export goes on until its time is over, and is told and counted", async () => {
    await using receiver = await createOtlpReceiver();
    const clock = createFakeClock();
    const exporter = createOtlpLogRecordExporter({
      endpoint: receiver.url,
      proxy: false,
      clock,
      random: () => 0,
      retryForMs: 2000,
    });
    receiver.plan({ kind: "status", status: 503 });
    const first = exported(exporter, [record]);
    await until(() => receiver.requests.length === 1 && clock.pendingTimers === 1);
    await clock.advance(250);
    expect(await first).toEqual({ code: 0 });
    receiver.plan(...Array.from({ length: 9 }, () => ({ kind: "status" as const, status: 503 })));
    const second = exported(exporter, [record, record]);
    for (let seen = 3; seen <= 5; seen++) {
      await until(
        () => receiver.requests.length === seen && clock.nextTimerMs !== undefined && clock.nextTimerMs < 5000,
      );
      await clock.advance(clock.nextTimerMs ?? 0);
    }
    const result = await second;
    expect(result.code).toBe(1);
    expect(result.error).toMatchObject({ code: "PLB_OTLP_BUSY" });
    expect(exporter.report()).toMatchObject({
      accepted: 3,
      delivered: 1,
      inFlight: 0,
      queued: 0,
      dropped: { PLB_OTLP_BUSY: 2 },
    });
    await exporter.shutdown();
    expect((await exported(exporter, [record])).error).toMatchObject({ code: "PLB_OTLP_CLOSED" });
    expect(exporter.report()).toMatchObject({ accepted: 4, dropped: { PLB_OTLP_BUSY: 2, closed: 1 } });
  });

  test("a certificate that is not there yet fails what is exported meanwhile, and nothing once it is", async () => {
    const authority = createIdentity({ commonName: "Test authority", isAuthority: true });
    const tls = createIdentity({
      commonName: "localhost",
      issuer: { commonName: "Test authority", key: authority.key },
    });
    await using receiver = await createOtlpReceiver({ tls });
    const folder = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const certificate = join(folder, "ca.pem");
    const exporter = createOtlpLogRecordExporter({ endpoint: receiver.url, certificate, proxy: false });
    expect((await exported(exporter, [record])).error).toMatchObject({ code: "PLB_OTLP_FILE_UNREADABLE" });
    writeFileSync(certificate, authority.cert);
    expect(await exported(exporter, [record])).toEqual({ code: 0 });
    await exporter.shutdown();
  });

  test("a refusal and a partial success are failures at once, with exact counts", async () => {
    await using receiver = await createOtlpReceiver();
    const exporter = createOtlpLogRecordExporter({ endpoint: receiver.url, proxy: false });
    receiver.plan({ kind: "status", status: 400 }, { kind: "partial", rejected: 1, message: "old" });
    expect((await exported(exporter, [record])).error).toMatchObject({ code: "PLB_OTLP_REFUSED" });
    expect((await exported(exporter, [record, record])).error).toMatchObject({ code: "PLB_OTLP_PARTIAL" });
    expect(exporter.report()).toMatchObject({
      accepted: 3,
      delivered: 1,
      dropped: { PLB_OTLP_REFUSED: 1, rejected: 1 },
    });
    await exporter.shutdown();
  });
});

test("what exports is not traced", async () => {
  const storage = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (given, call, self, ...args) => storage.run(given, () => call.apply(self as never, args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  const suppressed = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
  const seen: unknown[] = [];
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // Where an instrumentation of `http` would ask: when the connection is looked up.
  const exporter = createOtlpLogRecordExporter({ endpoint: `http://localhost:${port}`, proxy: false });
  const { channel } = await import("node:diagnostics_channel");
  const listen = (): void => void seen.push(context.active().getValue(suppressed));
  channel("http.client.request.start").subscribe(listen);
  await exported(exporter, [record]);
  channel("http.client.request.start").unsubscribe(listen);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every((value) => value === true)).toBe(true);
  await exporter.shutdown();
  server.close();
  context.disable();
});

describe("what no line can be made of", () => {
  const INVALID: [number, number] = [Number.NaN, Number.NaN];

  test("like a time that is none is unknown, and the rest of the item arrives", async () => {
    await using receiver = await createOtlpReceiver();
    const options = { endpoint: receiver.url, proxy: false } as const;
    const spans = createOtlpSpanExporter(options);
    const events = [{ time: [Infinity, 0] as [number, number], name: "e" }];
    const odd = { ...span, startTime: [1e300, 0] as [number, number], endTime: INVALID, events };
    expect(await exported(spans, [odd, span])).toEqual({ code: 0 });
    expect(spans.report()).toMatchObject({ accepted: 2, delivered: 2 });
    const [first] = receiver.spans.map(({ item }) => item);
    expect(first).toMatchObject({ name: span.name, events: [{ name: "e" }] });
    expect(first).not.toHaveProperty("startTimeUnixNano");
    expect(first).not.toHaveProperty("endTimeUnixNano");
    const logs = createOtlpLogRecordExporter(options);
    expect(await exported(logs, [{ ...record, hrTime: INVALID, hrTimeObserved: INVALID }])).toEqual({ code: 0 });
    for (const exporter of [spans, logs]) await exporter.shutdown();
  });

  test("costs that item alone, and stands in the account", async () => {
    await using receiver = await createOtlpReceiver();
    const options = { endpoint: receiver.url, proxy: false } as const;
    const secret = ["se", "cret"].join("");
    const broken = (): never => {
      throw new TypeError(secret);
    };
    const exporter = createOtlpSpanExporter(options);
    const result = await exported(exporter, [{ ...span, spanContext: broken }, span]);
    expect(result).toMatchObject({ code: 1, error: { code: "PLB_OTLP_LINE_INVALID" } });
    expect(String(result.error?.stack) + JSON.stringify(result.error)).not.toContain(secret);
    expect(exporter.report()).toMatchObject({ accepted: 2, delivered: 1, dropped: { rejected: 1 } });
    expect(receiver.spans).toHaveLength(1);
    await exporter.shutdown();
  });
});
