import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { afterEach, expect, test } from "vitest";
import { observeReport, REPORT_METRICS } from "../../src/pipeline/report-metrics.ts";
import { RetryableError } from "../../src/errors.ts";
import { FakeClock, settlePromises } from "../fake-clock.ts";
import { FakeJournal, FakeSink } from "../fake-parts.ts";
import { build } from "./build.ts";

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    await Promise.resolve();
  }
  protected override async onShutdown(): Promise<void> {
    await Promise.resolve();
  }
}

/** Each point as `name{attributes} value`. */
async function collect(reader: ManualReader): Promise<string[]> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  return resourceMetrics.scopeMetrics
    .filter(({ scope }) => scope.name === "@plumbline/core")
    .flatMap((scope) => scope.metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(
        ({ attributes, value }) => `${descriptor.name}${JSON.stringify(attributes)} ${JSON.stringify(value)}`,
      ),
    );
}

function setProvider(): ManualReader {
  const reader = new ManualReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return reader;
}

afterEach(() => {
  metrics.disable();
});

test("a report is seen as metrics, one point for each count, at each collection", async () => {
  const reader = setProvider();
  const sink = new FakeSink();
  const journal = new FakeJournal();
  const { pipeline, clock, writer } = build({
    journal: { journal, minSeverity: 9 },
    processors: [{ name: "none", processor: { process: (draft) => (draft.name === "gone" ? undefined : draft) } }],
    outputs: [
      { name: "out", sink, batch: { maxDelayMs: 0, maxCount: 2 }, queue: { maxCount: 3, policy: "drop-newest" } },
    ],
    minSeverity: 5,
  });
  let reads = 0;
  const observation = observeReport({ report: () => (reads++, pipeline.report()), clock });
  pipeline.emit({ name: "gone" });
  pipeline.emit({ severity: "trace" });
  for (let i = 0; i < 4; i++) pipeline.emit({ severity: "debug" });
  await settlePromises();
  sink.call(0).reject(new RetryableError("x"));
  writer.count("depth");
  await settlePromises();
  expect((await collect(reader)).sort()).toEqual(
    [
      'plumbline.intake.events{"state":"disabled"} 1',
      'plumbline.intake.events{"state":"filtered"} 1',
      'plumbline.intake.events{"state":"accepted"} 4',
      'plumbline.output.events{"output":"journal","state":"accepted"} 4',
      'plumbline.output.events{"output":"journal","state":"adopted"} 0',
      'plumbline.output.events{"output":"journal","state":"delivered"} 0',
      'plumbline.output.events{"output":"journal","state":"filtered"} 4',
      'plumbline.output.redelivered{"output":"journal"} 0',
      'plumbline.output.queue.size{"output":"journal"} 0',
      'plumbline.output.inflight{"output":"journal"} 0',
      'plumbline.output.events{"output":"out","state":"accepted"} 4',
      'plumbline.output.events{"output":"out","state":"adopted"} 0',
      'plumbline.output.events{"output":"out","state":"delivered"} 0',
      'plumbline.output.events{"output":"out","state":"filtered"} 0',
      'plumbline.output.events{"output":"out","state":"dropped","reason":"overflow"} 1',
      'plumbline.output.redelivered{"output":"out"} 0',
      'plumbline.output.queue.size{"output":"out"} 3',
      'plumbline.output.inflight{"output":"out"} 0',
      'plumbline.processor.events{"processor":"none","state":"filtered"} 1',
      'plumbline.processor.events{"processor":"none","state":"failed"} 0',
      'plumbline.processor.events{"processor":"none","state":"bypassed"} 0',
      'plumbline.line.limits{"reason":"depth"} 1',
    ].sort(),
  );
  await clock.advance(1000);
  expect(await collect(reader)).toContain('plumbline.output.inflight{"output":"out"} 2');
  expect(reads).toBe(2);
  observation.close();
  observation.close();
  await collect(reader);
  expect(reads).toBe(2);
});

test("a counter never falls, also where an account gives up what it had accepted; it goes on when that is caught up with", async () => {
  const reader = setProvider();
  const { pipeline, clock } = build({ outputs: [{ name: "out", sink: new FakeSink() }] });
  observeReport({ report: () => pipeline.report(), clock });
  const accepted = 'plumbline.output.events{"output":"out","state":"accepted"}';
  const queued = 'plumbline.output.queue.size{"output":"out"}';
  pipeline.output("out")?.hold();
  for (let i = 0; i < 3; i++) pipeline.emit({});
  expect(await collect(reader)).toEqual(expect.arrayContaining([`${accepted} 3`, `${queued} 3`]));
  expect(pipeline.output("out")?.withdraw()).toHaveLength(3);
  pipeline.emit({});
  expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 1, queued: 1 });
  expect(await collect(reader)).toEqual(expect.arrayContaining([`${accepted} 3`, `${queued} 1`]));
  for (let i = 0; i < 3; i++) pipeline.emit({});
  expect(await collect(reader)).toEqual(expect.arrayContaining([`${accepted} 4`, `${queued} 4`]));
});

test("what was redacted and refused is seen too", async () => {
  const reader = setProvider();
  const report = build().pipeline.report();
  const intake = { ...report.intake, dropped: { reentrant: 2 } };
  observeReport({ report: () => ({ ...report, intake, redacted: { jwt: 3 } }), clock: new FakeClock() });
  const points = await collect(reader);
  expect(points).toContain('plumbline.redactions{"detector":"jwt"} 3');
  expect(points).toContain('plumbline.intake.events{"state":"dropped","reason":"reentrant"} 2');
});

test("every metric has the unit and the description that are documented", async () => {
  const reader = setProvider();
  const report = build().pipeline.report();
  const counts = { x: 1 };
  const output = new FakeJournal().ledger.report();
  const processor = { name: "p", filtered: 0, failed: 0, bypassed: 0 };
  observeReport({
    report: () => ({ ...report, outputs: [output], processors: [processor], lines: counts, redacted: counts }),
    clock: new FakeClock(),
  });
  const { resourceMetrics } = await reader.collect();
  const seen = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor));
  expect(Object.fromEntries(seen.map(({ name, unit, description }) => [name, { unit, description }]))).toEqual(
    Object.fromEntries(
      Object.entries(REPORT_METRICS).map(([name, { unit, description }]) => [name, { unit, description }]),
    ),
  );
});

test("a provider that is set later is found, and looking for one ends with it or with close", async () => {
  const clock = new FakeClock();
  const { pipeline } = build({ journal: { journal: new FakeJournal() } });
  const observation = observeReport({ report: () => pipeline.report(), clock });
  await clock.advance(5000);
  const reader = setProvider();
  expect(await collect(reader)).toEqual([]);
  await clock.advance(2000);
  expect(await collect(reader)).toContain('plumbline.output.inflight{"output":"journal"} 0');
  expect(clock.pending).toBe(0);
  observation.close();

  metrics.disable();
  const other = new FakeClock();
  const idle = observeReport({ report: () => pipeline.report(), clock: other });
  expect(other.pending).toBe(1);
  idle.close();
  expect(other.pending).toBe(0);
});
