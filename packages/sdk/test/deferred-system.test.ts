import { type BatchObservableCallback, createNoopMeter, type Meter, metrics } from "@opentelemetry/api";
import { createFakeClock } from "@plumbline/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DeferredSystem } from "../src/deferred-system.ts";
import { findReportSockets, readReport } from "../src/report-client.ts";
import { startHost, type StartOptions } from "../src/start.ts";
import type { SharedState } from "../src/system-state.ts";
import type { RunningSystem } from "../src/system.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { readLines } from "./child.ts";
import { scratch } from "./scratch.ts";

/** A telemetry whose system starts when `begin` is called. */
function setUp(options: StartOptions = {}) {
  const cwd = scratch();
  const clock = createFakeClock();
  const systems: RunningSystem[] = [];
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const host = new DeferredSystem(async (shared: SharedState): Promise<RunningSystem> => {
    await begun;
    const system = await startHost(
      { cwd, env: {}, handleSignals: false, flushOnExit: false, service: { name: "s" }, ...options },
      shared,
    );
    systems.push(system);
    return system;
  }, clock);
  const telemetry = createTelemetry(host);
  onTestFinished(async () => {
    begin();
    await telemetry.close();
  });
  return { cwd, host, telemetry, clock, begin, systems, lines: () => readLines(`${cwd}/telemetry/s.jsonl`) };
}

describe("before the system is started", () => {
  test("events wait in the order they came, with the time they were emitted at", async () => {
    const { host, telemetry, clock, begin, lines } = setUp();
    telemetry.emit("first");
    await clock.advance(1000);
    telemetry.log.info("second");
    const id = telemetry.emitAsync("third", {}, { time: new Date(0) });
    expect(host.waiting).toBe(3);
    const flushed = telemetry.flush();
    begin();
    await flushed;
    expect(await id).toMatch(/:3$/);
    telemetry.emit("fourth");
    await telemetry.flush();
    const written = lines();
    expect(written.map(({ name, body }) => name ?? body)).toEqual(["first", "second", "third", "fourth"]);
    expect(written.slice(0, 3).map(({ time }) => time)).toEqual([
      "2026-01-01T00:00:00.000000Z",
      "2026-01-01T00:00:01.000000Z",
      "1970-01-01T00:00:00.000000Z",
    ]);
  });

  test("a flush waits for the start no longer than its deadline", async () => {
    const { telemetry, clock, begin, lines } = setUp();
    telemetry.emit("first");
    const flushed = telemetry.flush({ timeoutMs: 50 }).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await flushed).toMatchObject({ code: "PLB_FLUSH_INCOMPLETE" });
    begin();
    await telemetry.flush();
    expect(lines()).toHaveLength(1);
  });

  test("what waits is bounded, and what goes over is counted", async () => {
    const { host, telemetry, begin } = setUp({ journal: { queue: { maxBytes: "1GiB" } } });
    for (let index = 0; index < 10_003; index++) telemetry.emit("x");
    expect(host.waiting).toBe(10_000);
    await expect(telemetry.emitAsync("x")).rejects.toMatchObject({
      code: "PLB_EVENT_DROPPED",
      details: { drops: [{ output: "pipeline", reason: "starting" }] },
    });
    expect(telemetry.report().intake).toMatchObject({ emitted: 10_004, dropped: { starting: 4 } });
    begin();
    await telemetry.flush();
    const { intake, outputs } = telemetry.report();
    expect(intake).toMatchObject({ emitted: 10_004, accepted: 10_000, dropped: { starting: 4 } });
    expect(outputs[0]).toMatchObject({ delivered: 10_000 });
  });

  test("the config's levels decide of what waited, but for those that were set meanwhile", async () => {
    const { telemetry, begin, lines } = setUp({ minSeverity: "warn", levels: { acme: "error" } });
    telemetry.setLevel("acme.db", "debug");
    telemetry.log.info("no");
    telemetry.log.warn("yes");
    telemetry.logger("acme").log.warn("no");
    telemetry.logger("acme.db").log.debug("yes, set");
    begin();
    await telemetry.flush();
    telemetry.logger("acme.db").log.debug("still set");
    await telemetry.flush();
    expect(lines().map(({ body }) => body)).toEqual(["yes", "yes, set", "still set"]);
  });

  test("attributes around a call hold on both sides", async () => {
    const { telemetry, begin, lines } = setUp();
    await telemetry.with({ request: 1 }, async () => {
      telemetry.emit("before");
      begin();
      await telemetry.flush();
      telemetry.emit("after");
    });
    await telemetry.flush();
    expect(lines()).toMatchObject([{ attributes: { request: 1 } }, { attributes: { request: 1 } }]);
  });

  test("what went over stands in the report, at the socket that the doctor asks, and in the metrics alike", async () => {
    const callbacks = new Set<BatchObservableCallback>();
    const meter = Object.create(createNoopMeter(), {
      addBatchObservableCallback: { value: (callback: BatchObservableCallback) => callbacks.add(callback) },
      removeBatchObservableCallback: { value: (callback: BatchObservableCallback) => callbacks.delete(callback) },
    }) as Meter; // the rest of it is the noop's
    metrics.setGlobalMeterProvider({ getMeter: () => meter });
    onTestFinished(() => metrics.disable());
    const { cwd, telemetry, begin } = setUp({ dataDir: "./data", journal: { queue: { maxBytes: "1GiB" } } });
    for (let index = 0; index < 10_003; index++) telemetry.emit("x");
    begin();
    await telemetry.flush();
    const { intake } = telemetry.report();
    expect(intake).toMatchObject({ emitted: 10_003, accepted: 10_000, dropped: { starting: 3 } });
    const [socket] = await findReportSockets(`${cwd}/data`);
    expect(await readReport(socket?.path ?? "")).toMatchObject({ intake });
    const seen: unknown[] = [];
    for (const callback of callbacks) {
      await callback({
        observe: (_, value, attributes) => void (attributes?.["reason"] === "starting" && seen.push(value)),
      });
    }
    expect(seen).toEqual([3]);
  });

  test("close waits for the start no longer than its deadline; what waited is counted, and a system that comes late is closed", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => write.mockRestore());
    const { host, telemetry, clock, begin, systems, lines } = setUp();
    let ended = 0;
    void host.onClosed(() => (ended += 1));
    telemetry.emit("waits");
    const settled = telemetry.emitAsync("waits too").catch((error: unknown) => error);
    const closed = telemetry.close({ timeoutMs: 50 });
    telemetry.emit("too late");
    await clock.advance(50);
    await closed;
    const drops = { drops: [{ output: "pipeline", reason: "deadline" }] };
    expect(await settled).toMatchObject({ code: "PLB_EVENT_DROPPED", details: drops });
    const dropped = { deadline: 2, closed: 1 };
    expect(telemetry.report().intake).toMatchObject({ emitted: 3, accepted: 0, dropped });
    expect(write.mock.calls.map(([text]) => String(text)).join("")).toContain('{"events":2}');
    expect([host.waiting, ended]).toEqual([0, 1]);

    begin();
    await expect.poll(() => systems.length, { timeout: 20_000 }).toBe(1);
    await systems[0]?.close();
    telemetry.emit("much too late");
    expect(telemetry.report().intake).toMatchObject({ emitted: 4, accepted: 1, dropped });
    expect(lines()).toEqual([]);
    expect(ended).toBe(1);
  });

  test("close waits for the start, and delivers", async () => {
    const { telemetry, begin, lines } = setUp();
    telemetry.emit("x");
    const closed = telemetry.close();
    begin();
    await closed;
    expect(lines()).toHaveLength(1);
  });
});
