import { type BatchObservableCallback, createNoopMeter, type Meter, metrics } from "@opentelemetry/api";
import { definePlugin } from "@plumbline/core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { start, type Telemetry } from "../src/index.ts";
import { scratch } from "./scratch.ts";

const SECRET = ["Zq7", "hunter", "2x9"].join("");
const address = (host: string): string => `https://bob:${SECRET}@${host}/`;

/** A service with a password in its own name, and in what a part says of itself. */
async function begin(): Promise<{ telemetry: Telemetry; cwd: string; asked: () => number }> {
  let asked = 0;
  const status = (): Record<string, unknown> => {
    asked += 1;
    return { target: address("example.org") };
  };
  const far = definePlugin({
    id: "far",
    kind: "service",
    apiVersion: 1,
    create: () => ({ start: () => undefined, status, close: () => undefined }),
  });
  const cwd = scratch();
  const telemetry = await start({
    cwd,
    env: {},
    handleSignals: false,
    flushOnExit: false,
    configFile: false,
    service: { name: `shop ${address("shop.example")}` },
    journal: { path: "./all.jsonl" },
    services: { s: { use: far } },
  });
  onTestFinished(() => telemetry.close());
  return { telemetry, cwd, asked: () => asked };
}

test("who looks at the report is shown no secret, and raises no count of what was redacted", async () => {
  const { telemetry, cwd } = await begin();
  const before = telemetry.report().redacted;
  for (let look = 0; look < 3; look++) {
    const report = telemetry.report();
    expect(report.redacted).toEqual(before);
    expect(JSON.stringify(report)).not.toContain(SECRET);
    expect(report.services[0]?.status).toEqual({ target: "https://bob:[redacted:url-password]@example.org/" });
  }
  telemetry.emit("one", { target: address("example.org") });
  await telemetry.flush();
  expect(readFileSync(join(cwd, "all.jsonl"), "utf8")).not.toContain(SECRET);
  expect(telemetry.report().redacted["url-password"]).toBe((before["url-password"] ?? 0) + 1);
});

test("a collection of metrics asks no part for its status", async () => {
  const callbacks = new Set<BatchObservableCallback>();
  const noop = createNoopMeter();
  const meter = Object.create(noop, {
    addBatchObservableCallback: { value: (callback: BatchObservableCallback) => callbacks.add(callback) },
    removeBatchObservableCallback: { value: (callback: BatchObservableCallback) => callbacks.delete(callback) },
  }) as Meter; // the rest of it is the noop's
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
  onTestFinished(() => metrics.disable());
  const { telemetry, asked } = await begin();
  const seen: unknown[] = [];
  for (const callback of callbacks) await callback({ observe: (_, value) => void seen.push(value) });
  expect(seen.length).toBeGreaterThan(5);
  expect(asked()).toBe(0);
  telemetry.report();
  expect(asked()).toBe(1);
});
