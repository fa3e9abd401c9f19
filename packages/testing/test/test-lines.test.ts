import { expect, test } from "vitest";
import { createOddLines, createTestContext, createFakeClock, createTestLines } from "../src/index.ts";

test("lines are JSON, know their size, and have ids when they are to", () => {
  for (const line of [...createTestLines(20), ...createOddLines()]) {
    expect(JSON.parse(line.line)).toMatchObject({
      severity: "INFO",
      name: "test.line",
      time: expect.stringMatching(/\.\d{6}Z$/),
    });
    expect(line.size).toBe(line.line.length);
    expect([line.id, line.line.includes("\n")]).toEqual([undefined, false]);
  }
  const numbered = createTestLines(3, { epoch: "0k3f9c2a00000", firstSeq: 7 });
  expect(numbered.map((line) => line.id)).toEqual(["0k3f9c2a00000:7", "0k3f9c2a00000:8", "0k3f9c2a00000:9"]);
  expect(new Set(createTestLines(1000).map((line) => line.line)).size).toBe(1000);
  expect(Math.max(...createOddLines().map((line) => line.size))).toBeGreaterThan(1024 * 1024);
});

test("a line's time is the one that stands in it", () => {
  for (const line of createTestLines(3)) {
    const { time } = JSON.parse(line.line) as { time: string };
    expect(line.time).toBe(BigInt(Date.parse(time)) * 1_000_000n);
  }
});

test("a context remembers what was done with it", async () => {
  const clock = createFakeClock();
  const context = createTestContext({ clock, name: "alerts", dataDir: "/data", resource: { a: 1 } });
  expect([context.name, context.resource, context.journal, context.used]).toEqual(["alerts", { a: 1 }, undefined, []]);
  expect([context.clock.nowMicros(), context.clock.monotonicMs()]).toEqual([clock.nowMicros(), 0]);
  context.diagnostics.warn("careful");
  expect(context.dataDir).toBe("/data");
  let fired = 0;
  context.clock.setTimer(() => (fired += 1), 10);
  const timer = context.clock.setTimer(() => (fired += 1), 10);
  expect(context.pendingTimers).toBe(2);
  timer.cancel();
  expect(context.pendingTimers).toBe(1);
  await clock.advance(10);
  expect([fired, context.pendingTimers]).toEqual([1, 0]);
  expect(context.used).toEqual(["diagnostics.warn", "dataDir", "clock.setTimer", "clock.setTimer"]);
  expect(context.said).toEqual([{ level: "warn", message: "careful" }]);
  expect(context.signal.aborted).toBe(false);
  context.abort();
  expect(context.signal.aborted).toBe(true);
});
