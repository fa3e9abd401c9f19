import { expect, test } from "vitest";
import { createOnceReporter } from "../src/report-once.ts";
import { FakeDiagnostics } from "./fake-parts.ts";

test("each kind of thing is said once for each component", () => {
  const logger = new FakeDiagnostics();
  const reporter = createOnceReporter(logger);
  for (let i = 0; i < 3; i++) {
    reporter.report({ level: "warn", component: "alerts", code: "EPIPE", message: "write failed" });
    reporter.report({ level: "error", component: "other", code: "EPIPE", message: "write failed" });
    reporter.report({ level: "info", component: "alerts", code: "EAGAIN", message: "write waits" });
  }
  expect(logger.messages).toEqual([
    "plumbline: alerts: write failed (EPIPE)",
    "plumbline: other: write failed (EPIPE)",
    "plumbline: alerts: write waits (EAGAIN)",
  ]);
});

test("the memory is bounded, and its end is said", () => {
  const logger = new FakeDiagnostics();
  const reporter = createOnceReporter(logger, 3);
  for (let i = 0; i < 100; i++) reporter.report({ level: "warn", component: "a", code: `C${i}`, message: "m" });
  expect(logger.messages).toHaveLength(4);
  expect(logger.messages.at(-1)).toContain("not reported");
});

test("a logger that throws is nobody's concern", () => {
  const logger = new FakeDiagnostics();
  logger.warn = () => {
    throw new Error("no");
  };
  expect(() =>
    createOnceReporter(logger).report({ level: "warn", component: "a", code: "C", message: "m" }),
  ).not.toThrow();
});

test("a logger that emits an event that fails the same way does not come back", () => {
  const logger = new FakeDiagnostics();
  const reporter = createOnceReporter(logger);
  let depth = 0;
  logger.warn = () => {
    depth += 1;
    reporter.report({ level: "warn", component: "a", code: "C", message: "m" });
  };
  reporter.report({ level: "warn", component: "a", code: "C", message: "m" });
  expect(depth).toBe(1);
});
