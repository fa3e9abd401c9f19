import { AsyncLocalStorage } from "node:async_hooks";
import { context, createContextKey, ROOT_CONTEXT, type Context, type ContextManager } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settlePromises } from "../fake-clock.ts";
import { expectAccounted, FakeSink } from "../fake-parts.ts";
import { build } from "./build.ts";

/** What an OpenTelemetry SDK registers, as small as it can be. */
function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArg, ...args) =>
      storage.run(active, () => fn.apply(thisArg as ThisParameterType<typeof fn>, args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

beforeEach(() => {
  context.setGlobalContextManager(createContextManager());
});
afterEach(() => {
  context.disable();
});

test("with a context manager also what a sink emits after an await is refused, while its write is under way", async () => {
  const sink = new FakeSink();
  let isEmitting = true;
  sink.auto = (call) => {
    const deliver = async (): Promise<void> => {
      await settlePromises();
      if (isEmitting) pipeline.emit({ name: "inner" });
      call.resolve();
    };
    void deliver();
  };
  const { pipeline } = build({ outputs: [{ name: "out", sink, batch: { maxDelayMs: 0 } }] });
  pipeline.emit({ name: "a" });
  await settlePromises();
  pipeline.emit({ name: "b" }); // of the service, at the same time
  for (let i = 0; i < 10; i++) await settlePromises();
  isEmitting = false;
  expect(sink.handed).toEqual(["a", "b"]);
  const report = pipeline.report();
  expectAccounted(report);
  expect(report.intake).toMatchObject({ accepted: 2, dropped: { reentrant: 2 } });
});

test("a sink runs where nothing is traced", async () => {
  const suppressed = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
  const seen: unknown[] = [];
  const sink = new FakeSink();
  sink.auto = (call) => {
    seen.push(context.active().getValue(suppressed));
    call.resolve();
  };
  const { pipeline } = build({ outputs: [{ name: "out", sink, batch: { maxDelayMs: 0 } }] });
  pipeline.emit({ name: "a" });
  await settlePromises();
  expect(seen).toEqual([true]);
  expect(context.active().getValue(suppressed)).toBeUndefined();
});
