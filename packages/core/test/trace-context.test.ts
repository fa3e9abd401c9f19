import { AsyncLocalStorage } from "node:async_hooks";
import { context, type Context, type ContextManager, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWriter, roundTrip } from "./serialize/writer.ts";

const SPAN = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
};

/** The least that the API needs to have an active context. */
class LocalContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    _self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => fn(...args));
  }

  bind<T>(_active: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

beforeEach(() => {
  context.setGlobalContextManager(new LocalContexts());
});

afterEach(() => {
  context.disable();
});

test("an event stands in the trace of the active span", () => {
  const event = context.with(trace.setSpanContext(ROOT_CONTEXT, SPAN), () => roundTrip({ name: "x" }));
  expect(event).toMatchObject({ traceId: SPAN.traceId, spanId: SPAN.spanId, flags: 1 });
  expect(roundTrip({ name: "x" }).traceId).toBeUndefined();
});

test("each event has the span of its own time", () => {
  const writer = createWriter();
  for (const spanId of ["b7ad6b7169203331", "00f067aa0ba902b7", "b7ad6b7169203331"]) {
    const event = context.with(trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, spanId }), () => roundTrip({}, writer));
    expect(event.spanId).toBe(spanId);
  }
});

test("a trace that is given wins over the active one", () => {
  const given = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", flags: 0 };
  const event = context.with(trace.setSpanContext(ROOT_CONTEXT, SPAN), () => roundTrip({ trace: given }));
  expect(event).toMatchObject(given);
});

test("an invalid span is as none, and a failing API costs no event", () => {
  const invalid = { ...SPAN, traceId: "0".repeat(32) };
  expect(context.with(trace.setSpanContext(ROOT_CONTEXT, invalid), () => roundTrip({})).traceId).toBeUndefined();
  const broken = {
    spanContext: (): never => {
      throw new Error("broken");
    },
  };
  const writer = createWriter();
  const event = context.with(trace.setSpan(ROOT_CONTEXT, broken as never), () => roundTrip({ name: "x" }, writer));
  expect(event).toMatchObject({ name: "x", traceId: undefined });
  expect(writer.counts()).toMatchObject({ failed: 0 });
});
