import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { createFakeClock } from "@plumbline/testing";
import { afterEach, expect, test } from "vitest";
import { formatPrometheus, RELOADER_METRICS, type ReloaderReport } from "../src/index.ts";
import { observeReloader } from "../src/reloader-metrics.ts";
import { setScene } from "./fake-watcher.ts";

class ManualReader extends MetricReader {
  protected override onForceFlush = (): Promise<void> => Promise.resolve();
  protected override onShutdown = (): Promise<void> => Promise.resolve();
}

/** Each point by its metric's name. */
async function collect(reader: ManualReader): Promise<Record<string, unknown>> {
  const { resourceMetrics } = await reader.collect();
  const ours = resourceMetrics.scopeMetrics.filter(({ scope }) => scope.name === "@plumbline/watch");
  return Object.fromEntries(
    ours
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ value }) => value)[0]]),
  );
}

afterEach(() => {
  metrics.disable();
});

/** One success, one failure, one attempt given up. */
async function makeReport(): Promise<ReloaderReport> {
  const clock = createFakeClock();
  const { watcher, reloader } = setScene<string>(clock, {
    load: ({ content }) => content.toString(),
    async apply(config, { signal }) {
      if (config === "fails") throw new Error("no");
      if (config !== "hangs") return;
      await new Promise<void>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("gave up")));
      });
    },
    method: 'a "method"',
  });
  watcher.edit("good");
  await reloader.start();
  for (const text of ["hangs", "fails"]) {
    watcher.edit(text);
    await clock.advance(10);
  }
  await reloader.close();
  return reloader.report();
}

test("the report is Prometheus' text, under the names of Thanos' reloader", async () => {
  const text = formatPrometheus(await makeReport());
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(samples).toEqual([
    "reloader_reloads_total 3",
    "reloader_reloads_failed_total 1",
    "reloader_reloads_cancelled_total 1",
    "reloader_last_reload_successful 0",
    `reloader_last_reload_success_timestamp_seconds ${Date.UTC(2026, 0, 1) / 1000}`,
    "reloader_config_apply_operations_total 3",
    "reloader_config_apply_operations_failed_total 1",
    "reloader_watches 0",
    "reloader_watch_events_total 0",
    "reloader_watch_errors_total 0",
    'reloader_info{method="a \\"method\\""} 1',
  ]);
  for (const name of Object.keys(RELOADER_METRICS)) {
    expect(text).toMatch(new RegExp(`^# TYPE ${name} ${name.endsWith("_total") ? "counter" : "gauge"}$`, "m"));
  }
  expect(text.endsWith("\n")).toBe(true);
});

test("the same is seen through OpenTelemetry, also through a provider that is set later, until it is ended", async () => {
  const report = await makeReport();
  const clock = createFakeClock();
  let reads = 0;
  const end = observeReloader(clock, () => {
    reads++;
    return report;
  });
  const reader = new ManualReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  expect(await collect(reader)).toEqual({});
  await clock.advance(1000);
  const seen = await collect(reader);
  for (const { otel, read } of Object.values(RELOADER_METRICS)) expect(seen[otel], otel).toBe(read(report));
  expect(seen["reloader.info"]).toBe(1);
  expect(reads).toBe(1);
  end();
  await collect(reader);
  expect(reads).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});
