import { describe, expect, test } from "vitest";
import { readOtlpEnvironment } from "../src/settings/environment.ts";
import type { OtlpOptions, SignalSettings } from "../src/settings/options.ts";
import { resolveSignal } from "../src/settings/resolve.ts";
import { parsePluginOptions } from "@plumbline/core";
import { createTestContext } from "@plumbline/testing";
import { createOtlpSink, otlp } from "../src/index.ts";

const PREFIX = "OTEL_EXPORTER_OTLP_";

function settings(
  env: Readonly<Record<string, string>>,
  options: OtlpOptions = {},
  signal: "logs" | "traces" | "metrics" = "logs",
): SignalSettings {
  return resolveSignal(signal, options, readOtlpEnvironment(env));
}

const general = (name: string, value: string): Record<string, string> => ({ [PREFIX + name]: value });
const own = (name: string, value: string): Record<string, string> => ({ [`${PREFIX}LOGS_${name}`]: value });

test("the defaults are the specification's", () => {
  expect(settings({})).toMatchObject({
    url: new URL("http://localhost:4318/v1/logs"),
    protocol: "http/protobuf",
    timeoutMs: 10_000,
    compression: "none",
    headers: [],
    certificate: undefined,
    clientKey: undefined,
    clientCertificate: undefined,
  });
  expect(settings({}, {}, "traces").url.pathname).toBe("/v1/traces");
  expect(settings({}, {}, "metrics").url.pathname).toBe("/v1/metrics");
});

describe.each<
  [
    name: string,
    option: keyof SignalSettings,
    values: readonly [string, string],
    read: readonly [unknown, unknown],
    given: OtlpOptions,
    givenRead: unknown,
  ]
>([
  [
    "PROTOCOL",
    "protocol",
    ["http/json", "http/protobuf"],
    ["http/json", "http/protobuf"],
    { protocol: "http/json" },
    "http/json",
  ],
  ["TIMEOUT", "timeoutMs", ["2000", "3000"], [2000, 3000], { timeoutMs: 4000 }, 4000],
  ["COMPRESSION", "compression", ["gzip", "none"], ["gzip", "none"], { compression: "gzip" }, "gzip"],
  ["CERTIFICATE", "certificate", ["/a.pem", "/b.pem"], ["/a.pem", "/b.pem"], { certificate: "/c.pem" }, "/c.pem"],
  ["CLIENT_KEY", "clientKey", ["/a.key", "/b.key"], ["/a.key", "/b.key"], { clientKey: "/c.key" }, "/c.key"],
  ["CLIENT_CERTIFICATE", "clientCertificate", ["/a", "/b"], ["/a", "/b"], { clientCertificate: "/c" }, "/c"],
])("OTEL_EXPORTER_OTLP_%s", (name, option, [first, second], [firstRead, secondRead], given, givenRead) => {
  test("sets all signals", () => {
    expect(settings(general(name, first))[option]).toEqual(firstRead);
    expect(settings(general(name, first), {}, "metrics")[option]).toEqual(firstRead);
  });

  test("yields to the one of the signal, which sets no other", () => {
    const env = { ...general(name, first), ...own(name, second) };
    expect(settings(env)[option]).toEqual(secondRead);
    expect(settings(env, {}, "traces")[option]).toEqual(firstRead);
  });

  test("yields, as does the signal's, to what is given for all", () => {
    expect(settings({ ...general(name, first), ...own(name, second) }, given)[option]).toEqual(givenRead);
  });

  test("yields to what is given for the signal, which wins over all", () => {
    expect(settings(own(name, first), { ...given, logs: { [option]: secondRead } })[option]).toEqual(secondRead);
  });

  test("is unset when it is empty", () => {
    expect(settings({ ...general(name, first), ...own(name, " ") })[option]).toEqual(firstRead);
  });
});

describe("the endpoint", () => {
  test.each<[string, Record<string, string>, OtlpOptions, string]>([
    ["of all signals gets the signal's path", general("ENDPOINT", "http://a:4318"), {}, "http://a:4318/v1/logs"],
    ["keeps its own path before it", general("ENDPOINT", "http://a/otlp/"), {}, "http://a/otlp/v1/logs"],
    ["keeps its query", general("ENDPOINT", "http://a/otlp?k=v"), {}, "http://a/otlp/v1/logs?k=v"],
    ["of the signal is used as it is", own("ENDPOINT", "http://b/path"), {}, "http://b/path"],
    ["of the signal without a path is the root", own("ENDPOINT", "http://b"), {}, "http://b/"],
    ["of the signal wins", { ...general("ENDPOINT", "http://a"), ...own("ENDPOINT", "http://b/x") }, {}, "http://b/x"],
    [
      "that is given wins over the signal's variable",
      own("ENDPOINT", "http://b/x"),
      { endpoint: "https://c" },
      "https://c/v1/logs",
    ],
    [
      "that is given for the signal wins over all",
      general("ENDPOINT", "http://a"),
      { endpoint: "https://c", logs: { endpoint: "https://d/y" } },
      "https://d/y",
    ],
    ["may be an IPv6 address", general("ENDPOINT", "http://[::1]:4318"), {}, "http://[::1]:4318/v1/logs"],
    ["that is none is ignored", general("ENDPOINT", "collector:4317"), {}, "http://localhost:4318/v1/logs"],
  ])("%s", (_, env, options, url) => {
    expect(settings(env, options).url.href).toBe(url);
  });
});

test("headers add up, and of one name the more special wins", () => {
  const env = { ...general("HEADERS", "a=1,B=1, c = 1 ,d=1"), ...own("HEADERS", "b=2,c=2,d=2") };
  const { headers } = settings(env, { headers: { C: "3", d: "3" }, logs: { headers: { d: "4" } } });
  expect(Object.assign({}, ...headers)).toEqual({ a: "1", b: "2", c: "3", d: "4" });
});

test.each([
  ["api-key=a%20b%2C%3D", { "api-key": "a b,=" }],
  ["authorization=Basic dXNlcg==", { authorization: "Basic dXNlcg==" }],
  ["a=1,,b=2,", { a: "1", b: "2" }],
])("headers in %s are percent-decoded", (text, expected) => {
  expect(Object.assign({}, ...settings(general("HEADERS", text)).headers)).toEqual(expected);
});

test.each([
  ["TIMEOUT", "soon"],
  ["TIMEOUT", "-1"],
  ["TIMEOUT", "1.5"],
  ["COMPRESSION", "zstd"],
  ["PROTOCOL", "grpc"],
  ["PROTOCOL", "http/xml"],
  ["ENDPOINT", "localhost"],
  ["HEADERS", "novalue"],
  ["HEADERS", "a=%zz"],
  ["HEADERS", "a b=c"],
  ["HEADERS", "a=b%0Ac"],
  ["METRICS_TEMPORALITY_PREFERENCE", "sometimes"],
  ["METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "bars"],
])("OTEL_EXPORTER_OTLP_%s=%s is ignored with a warning that does not repeat it", (name, value) => {
  const { warnings } = readOtlpEnvironment(general(name, value));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(PREFIX + name);
  if (name === "HEADERS" || name === "ENDPOINT") expect(warnings[0]).not.toContain(value);
  expect(settings(general(name, value))).toEqual(settings({}));
});

test.each(["0", "86400001", "99999999999999999999"])("a timeout of %s is no limit", (value) => {
  expect(settings(general("TIMEOUT", value)).timeoutMs).toBe(86_400_000);
  expect(readOtlpEnvironment({ OTEL_BLRP_EXPORT_TIMEOUT: value }).batch.exportTimeoutMs).toBe(86_400_000);
  expect(readOtlpEnvironment(general("TIMEOUT", value)).warnings).toEqual([]);
});

test("a delay longer than a timer can wait is bounded", () => {
  expect(readOtlpEnvironment({ OTEL_BLRP_SCHEDULE_DELAY: "3000000000" }).batch.scheduleDelayMs).toBe(86_400_000);
  expect(readOtlpEnvironment({ OTEL_BLRP_SCHEDULE_DELAY: "0" }).batch.scheduleDelayMs).toBe(0);
});

test.each([
  ["cumulative", "cumulative"],
  ["DELTA", "delta"],
  ["LowMemory", "lowmemory"],
])("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=%s is read whatever its case", (value, read) => {
  expect(readOtlpEnvironment(general("METRICS_TEMPORALITY_PREFERENCE", value)).temporality).toBe(read);
});

test("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION is read", () => {
  const env = general("METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram");
  expect(readOtlpEnvironment(env).histogram).toBe("base2_exponential_bucket_histogram");
  expect(readOtlpEnvironment({}).histogram).toBe("explicit_bucket_histogram");
});

describe("OTEL_BLRP_* say how the sink is fed", () => {
  const feedOf = (env: Readonly<Record<string, string>>): unknown => {
    const { name, clock, diagnostics, signal } = createTestContext();
    return createOtlpSink({}, { name, clock, diagnostics, signal, env }).feed;
  };

  test.each([
    ["SCHEDULE_DELAY", "maxDelayMs", 1000],
    ["EXPORT_TIMEOUT", "writeTimeoutMs", 30_000],
    ["MAX_EXPORT_BATCH_SIZE", "maxBatchCount", 512],
    // The specification's 2,048 are what a burst overflows: without the variable the queue is bounded by bytes.
    ["MAX_QUEUE_SIZE", "maxQueueCount", undefined],
  ])("OTEL_BLRP_%s", (name, option, fallback) => {
    expect(feedOf({ [`OTEL_BLRP_${name}`]: "77" })).toMatchObject({ [option]: 77 });
    expect(feedOf({ [`OTEL_BLRP_${name}`]: "many" })).toMatchObject({ [option]: fallback });
    expect(feedOf({})).toMatchObject({ [option]: fallback });
  });
});

test.each<[string, OtlpOptions]>([
  ["endpoint", { endpoint: "ftp://a" }],
  ["protocol", { protocol: "grpc" as never }],
  ["timeoutMs", { timeoutMs: 0 }],
  ["compression", { compression: "zstd" as never }],
  ["headers", { headers: { "a:": "b" } }],
  ["concurrency", { concurrency: 0.5 }],
  ["maxRequestBytes", { maxRequestBytes: 10 }],
  ["proxy", { proxy: "socks5://a" }],
  ["userAgent", { userAgent: "a\nb" }],
])("an option `%s` that cannot be is refused", (option, options) => {
  const { name, clock, diagnostics, signal } = createTestContext();
  const make = (): unknown => createOtlpSink(options, { name, clock, diagnostics, signal, env: {} });
  expect(make).toThrow(expect.objectContaining({ code: "PLB_OTLP_OPTION_INVALID", details: { option } }));
});

test("sizes and durations are read as everywhere in a config", async () => {
  const options = { timeout: "1d", maxRequest: "4mib" };
  expect(await parsePluginOptions(otlp, options)).toEqual({ timeoutMs: 86_400_000, maxRequestBytes: 4 * 1024 ** 2 });
  expect(await parsePluginOptions(otlp, { maxRequest: 4096 })).toEqual({ maxRequestBytes: 4096 });
});
