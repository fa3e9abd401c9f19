// What the generated parts of the packages' READMEs are rendered from: constants, comments of interfaces, and catalogues.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { listWorkspaces } from "../lib/workspaces.mjs";
import { benchFigures } from "./bench-figures.mjs";
import { exitCodes, listCommands } from "./cli-page.mjs";
import { errorList } from "./error-list.mjs";
import { markdownTable } from "./markdown-table.mjs";
import { optionTable } from "./option-table.mjs";
import { renderSections } from "./sections.mjs";

const load = (root, name) => import(pathToFileURL(resolve(root, "packages", name, "dist/index.js")).href);

const FIGURES = ["logger", "redaction", "ns/line", "ratio", "call p99.9 µs", "lost", "torn", "leaked"];

async function coreSections(root) {
  const { DEFAULT_LIMITS, DETECTOR_GROUPS, OUTPUT_DEFAULTS } = await load(root, "core");
  const options = "packages/core/src/pipeline/output-options.ts";
  const { queue, batch, retry, ...outputDefaults } = OUTPUT_DEFAULTS;
  return {
    limits: optionTable(root, [{ path: "packages/core/src/limits.ts", name: "Limits", defaults: DEFAULT_LIMITS }]),
    outputs: optionTable(root, [
      { path: options, name: "OutputOptions", defaults: outputDefaults, leaveOut: ["queue", "batch", "retry"] },
      { path: options, name: "QueueOptions", defaults: queue, prefix: "queue." },
      { path: options, name: "BatchOptions", defaults: batch, prefix: "batch." },
      { path: options, name: "RetryOptions", defaults: retry, prefix: "retry." },
    ]),
    redaction: optionTable(root, [{ path: "packages/core/src/redact/redaction-options.ts", name: "RedactionOptions" }]),
    sampling: optionTable(root, [{ path: "packages/core/src/processors/sampling.ts", name: "SamplingOptions" }]),
    limit: optionTable(root, [{ path: "packages/core/src/processors/rate-limit.ts", name: "RateLimitOptions" }]),
    groups: markdownTable(
      ["group", "default", "what it finds"],
      Object.entries(DETECTOR_GROUPS).map(([id, { on, description }]) => [`\`${id}\``, on ? "on" : "off", description]),
    ),
  };
}

async function fileSections(root) {
  const { FILE_DEFAULTS, STDOUT_DEFAULTS } = await load(root, "file");
  const path = "packages/file/src/options.ts";
  const { rotate, ...defaults } = FILE_DEFAULTS;
  return {
    buffered: benchFigures(root, "file", "buffered, 1 KiB, tight", FIGURES),
    written: benchFigures(root, "file", "written, 1 KiB, 64 emitters", FIGURES),
    fsynced: benchFigures(root, "file", "fsynced, 1 KiB, 64 emitters", FIGURES),
    options: optionTable(root, [
      { path, name: "FileSinkOptions", defaults, leaveOut: ["rotate", "clock", "driver", "host", "random"] },
      { path, name: "RotateOptions", defaults: rotate, prefix: "rotate." },
    ]),
    stdout: optionTable(root, [
      {
        path: "packages/file/src/stdout-sink.ts",
        name: "StdoutSinkOptions",
        defaults: STDOUT_DEFAULTS,
        leaveOut: ["clock", "open"],
      },
    ]),
  };
}

function jsonlSections(root) {
  const path = (file) => `packages/jsonl/src/${file}.ts`;
  return {
    options: optionTable(root, [
      { path: path("line-splitter"), name: "LineSplitterOptions", leaveOut: ["startOffset"] },
      { path: path("file-chunks"), name: "ReadChunksOptions", leaveOut: ["signal"] },
      { path: path("read-events"), name: "ReadEventsOptions" },
      { path: path("read-journal"), name: "ReadJournalOptions" },
    ]),
    verify: optionTable(root, [{ path: path("verify-lines"), name: "LineVerifierOptions" }]),
  };
}

async function streamSections(root) {
  const { SUBSCRIPTION_DEFAULTS, DELIVERY_DEFAULTS } = await load(root, "stream");
  const path = (file) => `packages/stream/src/${file}.ts`;
  return {
    options: optionTable(root, [
      {
        path: path("subscribe"),
        name: "SubscribeOptions",
        defaults: SUBSCRIPTION_DEFAULTS,
        leaveOut: ["filter", "clock", "diagnostics"],
      },
    ]),
    filter: optionTable(root, [{ path: path("stream-filter"), name: "StreamFilterOptions" }]),
    delivery: optionTable(root, [
      {
        path: path("journaled-delivery"),
        name: "JournaledDeliveryOptions",
        defaults: DELIVERY_DEFAULTS,
        leaveOut: ["guard", "abort", "random", "describe", "diagnostics"],
      },
    ]),
  };
}

async function streamServerSections(root) {
  const { STREAM_SERVER_DEFAULTS } = await load(root, "stream-server");
  const { initialMs, maxMs } = await followDefaults(root);
  const options = "packages/stream-server/src/client/client-options.ts";
  return {
    options: optionTable(root, [
      {
        path: "packages/stream-server/src/options.ts",
        name: "StreamServerOptions",
        defaults: STREAM_SERVER_DEFAULTS,
        leaveOut: ["tls", "clock", "diagnostics"],
      },
      { path: "packages/stream-server/src/options.ts", name: "StreamServerTls", prefix: "tls." },
    ]),
    client: optionTable(root, [
      { path: options, name: "FollowOptions", leaveOut: ["retry", "timers", "random"] },
      { path: options, name: "ClientFilter" },
      { path: options, name: "ClientRetryOptions", defaults: { initialMs, maxMs }, prefix: "retry." },
    ]),
  };
}

async function followDefaults(root) {
  const { href } = pathToFileURL(resolve(root, "packages/stream-server/dist/client.js"));
  return (await import(href)).FOLLOW_DEFAULTS;
}

async function handoffSections(root) {
  const { PICKUP_DEFAULTS, UPLOADER_DEFAULTS } = await load(root, "handoff");
  const path = (file) => `packages/handoff/src/${file}.ts`;
  return {
    service: optionTable(root, [{ path: path("service/handoff-options"), name: "HandoffOptions" }]),
    pickup: optionTable(root, [
      { path: path("pickup/pickup-options"), name: "DirectoryPickupOptions", defaults: PICKUP_DEFAULTS },
    ]),
    uploader: optionTable(root, [
      {
        path: path("upload/uploader-options"),
        name: "UploaderOptions",
        defaults: UPLOADER_DEFAULTS,
        leaveOut: ["clock"],
      },
    ]),
    directory: optionTable(root, [{ path: path("directory/directory-options"), name: "DirectoryOptions" }]),
  };
}

async function sdkSections(root) {
  const { describeConfig } = await load(root, "sdk");
  const keys = describeConfig().filter(({ key }) => !/[.[$]/u.test(key));
  return {
    start: optionTable(root, [{ path: "packages/sdk/src/start.ts", name: "RuntimeOptions", leaveOut: ["clock"] }]),
    config: markdownTable(
      ["key", "default", "what it is"],
      keys.map(({ key, fallback, description }) => [`\`${key}\``, fallback ? `\`${fallback}\`` : "", description]),
    ),
  };
}

async function otlpSections(root) {
  const { OTLP_DEFAULTS } = await load(root, "otlp");
  const path = "packages/otlp/src/settings/options.ts";
  const { concurrency, maxRequestBytes, ...defaults } = OTLP_DEFAULTS;
  const shared = { concurrency, maxRequestBytes };
  return {
    options: optionTable(root, [
      { path, name: "OtlpSignalOptions", defaults },
      { path, name: "OtlpOptions", defaults: shared },
    ]),
    exporters: optionTable(root, [
      { path: "packages/otlp/src/sdk/create-exporters.ts", name: "SdkExporterOptions", leaveOut: ["clock", "random"] },
    ]),
  };
}

function testingSections(root) {
  const scene = "packages/testing/src/sink-scene.ts";
  const processor = "packages/testing/src/processor-contract.ts";
  const destination = "packages/testing/src/destination-scene.ts";
  const condition = "packages/testing/src/condition-contract.ts";
  return {
    destination: optionTable(root, [{ path: destination, name: "DestinationContractOptions" }]),
    farSide: optionTable(root, [{ path: destination, name: "DestinationFixture" }]),
    condition: optionTable(root, [{ path: condition, name: "ConditionContractOptions" }]),
    situation: optionTable(root, [{ path: condition, name: "ConditionFixture" }]),
    sink: optionTable(root, [{ path: scene, name: "SinkContractOptions" }]),
    fixture: optionTable(root, [{ path: scene, name: "SinkFixture" }]),
    processor: optionTable(root, [
      { path: processor, name: "ProcessorContractOptions" },
      { path: processor, name: "ProcessorFixture" },
    ]),
  };
}

function cliSections(root) {
  return {
    commands: markdownTable(
      ["command", "what it does"],
      listCommands(root).map(({ name, summary }) => [`\`plumbline ${name}\``, summary]),
    ),
    exit: `\`\`\`text\n${exitCodes(root)}\n\`\`\``,
  };
}

async function watchSections(root) {
  const { RELOADER_DEFAULTS, RELOADER_METRICS, WATCH_DEFAULTS } = await load(root, "watch");
  const path = (file) => `packages/watch/src/${file}.ts`;
  const { loadTimeoutMs, applyTimeoutMs, retryInitialMs, retryMaxMs, maxAttempts, rateBurst, rateIntervalMs } =
    RELOADER_DEFAULTS;
  return {
    watch: optionTable(root, [
      { path: path("watch-options"), name: "WatchOptions", defaults: WATCH_DEFAULTS, leaveOut: ["clock"] },
      { path: path("watch-options"), name: "WatchFilesOptions" },
    ]),
    reloader: optionTable(root, [
      {
        path: path("reloader-options"),
        name: "ReloaderOptions",
        defaults: { loadTimeoutMs, applyTimeoutMs },
        leaveOut: ["lastGood", "retry", "rate", "random"],
      },
      { path: path("reloader-options"), name: "LastGoodOptions", prefix: "lastGood." },
      {
        path: path("reloader-options"),
        name: "ReloadRetryOptions",
        defaults: { initialMs: retryInitialMs, maxMs: retryMaxMs, maxAttempts },
        prefix: "retry.",
      },
      {
        path: path("reloader-options"),
        name: "ReloadRateOptions",
        defaults: { burst: rateBurst, intervalMs: rateIntervalMs },
        prefix: "rate.",
      },
    ]),
    http: optionTable(root, [
      { path: path("trigger/http"), name: "HttpTriggerOptions", leaveOut: ["tls", "confirm", "clock"] },
      { path: path("trigger/http-request"), name: "HttpAuth" },
      { path: path("trigger/http-request"), name: "HttpTlsOptions", prefix: "tls." },
      { path: path("trigger/http"), name: "HttpConfirmOptions", prefix: "confirm." },
    ]),
    metrics: markdownTable(
      ["Prometheus", "OpenTelemetry", "what it is"],
      Object.entries(RELOADER_METRICS).map(([name, { otel, description }]) => [
        `\`${name}\``,
        `\`${otel}\``,
        description,
      ]),
    ),
  };
}

const handoffSftpSections = (root) => ({
  options: optionTable(root, [{ path: "packages/handoff-sftp/src/sftp-options.ts", name: "SftpOptions" }]),
});

function handoffS3Sections(root) {
  const table = (...files) =>
    optionTable(
      root,
      files.map(([file, name]) => ({ path: `packages/handoff-s3/src/${file}.ts`, name })),
    );
  const connection = ["s3-options", "S3ConnectionOptions"];
  return {
    options: table(connection, ["destination-options", "S3DestinationOptions"]),
    pickup: table(["pickup-options", "S3PickupOptions"]),
  };
}

const SECTIONS = {
  core: coreSections,
  jsonl: jsonlSections,
  file: fileSections,
  stream: streamSections,
  "stream-server": streamServerSections,
  handoff: handoffSections,
  otlp: otlpSections,
  sdk: sdkSections,
  cli: cliSections,
  testing: testingSections,
  watch: watchSections,
  "handoff-sftp": handoffSftpSections,
  "handoff-s3": handoffS3Sections,
};

/** The packages whose READMEs have generated parts. */
export const README_PACKAGES = Object.keys(SECTIONS);

/**
 * `packages/NAME/README.md`, with its generated parts as the code has them now.
 *
 * @param {string} root
 * @param {string} name
 */
export async function renderPackageReadme(root, name) {
  const sections = { ...(await SECTIONS[name](root)), errors: await errorList(root, `packages/${name}`) };
  return renderSections(root, `packages/${name}/README.md`, sections);
}

/**
 * `README.md`, with its table of packages and the figures of a benchmark.
 *
 * @param {string} root
 */
export function renderRootReadme(root) {
  const packages = listWorkspaces(root).filter(({ dir, isPrivate }) => dir.startsWith("packages") && !isPrivate);
  const table = markdownTable(
    ["package", "what it is"],
    packages.map(({ dir, name, manifest }) => [`[\`${name}\`](${dir})`, manifest.description]),
  );
  return renderSections(root, "README.md", {
    packages: table,
    speed: benchFigures(root, "file", "buffered, 1 KiB, tight", FIGURES),
  });
}
