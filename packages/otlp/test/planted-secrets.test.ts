import { createOtlpReceiver } from "@plumbline/testing";
import { expect, test } from "vitest";
import {
  createOtlpLogRecordExporter,
  createOtlpMetricExporter,
  createOtlpSpanExporter,
  type SdkExporter,
  type SdkExportResult,
  type SdkResourceMetrics,
  type SdkSpanContext,
} from "../src/index.ts";

/** Where each secret was put, by the secret: each is another one, so that what comes out says by which way. */
const planted = new Map<string, string>();

/** A password as people choose them: nothing but what stands around it tells what it is. */
function plant(place: string): string {
  const secret = ["hq7", "Zt", String(100 + planted.size), "wPv9", "kB3"].join("");
  planted.set(secret, place);
  return secret;
}

/** Attributes as the semantic conventions and instrumentations have them, each with a secret. */
function attributesOf(where: string): Record<string, unknown> {
  const secret = (place: string): string => plant(`${where}: ${place}`);
  const basic = Buffer.from(`bob:${secret("password in base64")}`).toString("base64");
  planted.set(basic, `${where}: basic`);
  return {
    "http.request.header.authorization": [`Bearer ${secret("authorization")}`],
    "http.request.header.x-api-key": [secret("x-api-key")],
    "http.request.header.cookie": [`sid=${secret("cookie")}`],
    "http.response.header.set-cookie": [`sid=${secret("set-cookie")}; Path=/`],
    "url.full": `https://bob:${secret("url.full")}@example.org/?a=1`,
    "url.query": `access_token=${secret("url.query")}&a=1`,
    "db.query.text": `CREATE USER app IDENTIFIED BY '${secret("db.query.text")}'`,
    "db.query.parameter.password": secret("db.query.parameter"),
    "db.connection_string": `Server=db;User Id=sa;Password=${secret("connection string")};`,
    "process.command_args": ["node", "app.js", "--db-password", secret("argument"), `--token=${secret("argument =")}`],
    "process.command_line": `node app.js --db-password ${secret("command line")}`,
    "messaging.headers": { authorization: `Basic ${basic}` },
    "enduser.credentials": secret("credentials"),
    "exception.message": `connect postgres://app:${secret("exception")}@db/shop`,
    "exception.stacktrace": `Error: password=${secret("stack")}\n    at connect (/srv/app.js:1:1)`,
    parameters: [{ name: "password", value: secret("name and value") }],
    bytes: Buffer.from(`password=${secret("bytes")}`),
    json: JSON.stringify({ a: { client_secret: secret("JSON in text") } }),
    map: new Map([["api_key", secret("Map")]]),
    pairs: [["authorization", secret("pair")]],
    rawHeaders: ["Host", "example.org", "Authorization", secret("headers in turn")],
  };
}

function contextOf(where: string): SdkSpanContext {
  const serialize = (): string => `v=1,token=${plant(`${where}: trace state`)}`;
  const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  return { ...ids, traceFlags: 1, traceState: { serialize } };
}

function originOf(where: string): {
  resource: { attributes: object; schemaUrl: string };
  instrumentationScope: { name: string; version: string; schemaUrl: string; attributes: object };
} {
  return {
    resource: {
      attributes: attributesOf(`resource of ${where}`),
      schemaUrl: `https://u:${plant("resource's schema")}@s/1`,
    },
    instrumentationScope: {
      name: `shop?token=${plant("scope's name")}`,
      version: `1 password=${plant("scope's version")}`,
      schemaUrl: `https://s/?api_key=${plant("scope's schema")}`,
      attributes: attributesOf(`scope of ${where}`),
    },
  };
}

async function exported<Exported>(exporter: SdkExporter<Exported>, given: Exported): Promise<SdkExportResult> {
  const result = await new Promise<SdkExportResult>((resolve) => exporter.export(given, resolve));
  await exporter.shutdown();
  return result;
}

test.each(["http/json", "http/protobuf"] as const)(
  "no planted secret leaves an exporter of the SDK by %s",
  async (protocol) => {
    planted.clear();
    await using receiver = await createOtlpReceiver();
    const options = { endpoint: receiver.url, proxy: false as const, protocol };
    const spanResult = await exported(createOtlpSpanExporter(options), [
      {
        name: `GET /?token=${plant("span's name")}`,
        kind: 1,
        spanContext: () => contextOf("span"),
        parentSpanContext: contextOf("parent"),
        startTime: [1_763_675_823, 1],
        endTime: [1_763_675_824, 1],
        status: { code: 2, message: `login with password=${plant("status")}` },
        attributes: attributesOf("span"),
        links: [{ context: contextOf("link"), attributes: attributesOf("link") }],
        events: [{ time: [1, 1], name: `token=${plant("event's name")}`, attributes: attributesOf("event") }],
        ...originOf("span"),
        droppedAttributesCount: 0,
        droppedEventsCount: 0,
        droppedLinksCount: 0,
      },
    ]);
    const logResult = await exported(createOtlpLogRecordExporter(options), [
      {
        hrTime: [1, 1],
        hrTimeObserved: [1, 1],
        spanContext: contextOf("log"),
        severityText: `INFO password=${plant("severity")}`,
        severityNumber: 9,
        body: attributesOf("body"),
        eventName: `token=${plant("log's name")}`,
        attributes: attributesOf("log"),
        droppedAttributesCount: 0,
        ...originOf("log"),
      },
    ]);
    const { resource, instrumentationScope } = originOf("metric");
    const metricResult = await exported(createOtlpMetricExporter(options), {
      resource,
      scopeMetrics: [{ scope: instrumentationScope, metrics: [2, 3].map((type) => metricOf(type)) }],
    });
    expect([spanResult, logResult, metricResult]).toEqual([{ code: 0 }, { code: 0 }, { code: 0 }]);
    expect(receiver.requests).toHaveLength(3);
    const sent = JSON.stringify(receiver.requests.map(({ message }) => message));
    const encoded = (secret: string): string => Buffer.from(`password=${secret}`).toString("base64");
    const left = [...planted].filter(([secret]) => sent.includes(secret) || sent.includes(encoded(secret)));
    expect(left).toEqual([]);
    expect(planted.size).toBeGreaterThan(250);
    // What is no secret has come.
    expect(sent).toContain("/srv/app.js:1:1");
    expect(sent).toContain("--db-password");
  },
);

type Metric = SdkResourceMetrics["scopeMetrics"][number]["metrics"][number];

function metricOf(dataPointType: number): Metric {
  const exemplar = { timestamp: [1, 1] as const, value: 1, filteredAttributes: attributesOf("exemplar") };
  const point = { startTime: [1, 1] as const, endTime: [2, 1] as const, value: 5 };
  return {
    descriptor: {
      name: `cart.token=${plant("metric's name")}`,
      description: `password=${plant("description")}`,
      unit: `token=${plant("unit")}`,
      valueType: 1,
    },
    aggregationTemporality: 1,
    dataPointType,
    isMonotonic: true,
    dataPoints: [{ ...point, attributes: attributesOf("point"), exemplars: [exemplar] }],
  };
}
