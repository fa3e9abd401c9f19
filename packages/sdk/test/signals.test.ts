import { EventEmitter } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { hookProcess, type ProcessHookOptions } from "../src/signals.ts";

/** A process that remembers what was raised. */
class FakeProcess extends EventEmitter {
  readonly pid = 7;
  readonly raised: string[] = [];
  kill(_pid: number, signal: string): void {
    this.raised.push(signal);
  }
}

interface Hooked {
  readonly host: FakeProcess;
  readonly calls: string[];
  readonly unhook: () => void;
  /** Ends every flush that is under way. */
  readonly settle: () => Promise<void>;
  emitted: number;
}

function hook(options: Partial<ProcessHookOptions> = {}, host: FakeProcess = new FakeProcess()): Hooked {
  const calls: string[] = [];
  const waiting: (() => void)[] = [];
  const hooked: Hooked = {
    host,
    calls,
    emitted: 0,
    unhook: hookProcess({
      flush: () => {
        calls.push("flush");
        return new Promise((resolve) => waiting.push(resolve));
      },
      endNow: () => void calls.push("endNow"),
      emitted: () => hooked.emitted,
      handleSignals: true,
      flushOnExit: true,
      process: host,
      ...options,
    }),
    settle: async () => {
      for (const resolve of waiting.splice(0)) resolve();
      await turn();
    },
  };
  return hooked;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a signal", () => {
  test.each(["SIGTERM", "SIGINT"])(
    "%s that nobody else listens for is raised again after the flush",
    async (signal) => {
      const { host, calls, settle } = hook();
      host.emit(signal);
      await turn();
      expect(host.raised).toEqual([]);
      await settle();
      expect(calls).toEqual(["flush", "endNow"]);
      expect(host.raised).toEqual([signal]);
      expect(host.listenerCount(signal)).toBe(0);
    },
  );

  test("that the service listens for itself is only flushed on", async () => {
    const { host, calls, settle } = hook();
    host.on("SIGTERM", () => undefined);
    host.emit("SIGTERM");
    await settle();
    host.emit("SIGTERM");
    await settle();
    expect(calls).toEqual(["flush", "flush"]);
    expect(host.raised).toEqual([]);
  });

  test("that the service listened for once, and no longer after the flush, was still its own", async () => {
    const { host, settle } = hook();
    host.prependOnceListener("SIGTERM", () => undefined);
    host.on("SIGTERM", () => undefined);
    host.emit("SIGTERM");
    host.removeAllListeners("none");
    await settle();
    expect(host.raised).toEqual([]);
  });

  test("that the service listened for once, before we came, is the service's too", async () => {
    const host = new FakeProcess();
    host.once("SIGTERM", () => undefined);
    const { calls, settle } = hook({}, host);
    host.emit("SIGTERM");
    await settle();
    expect(calls).toEqual(["flush"]);
    expect(host.raised).toEqual([]);
  });

  test("a second one is not kept waiting", async () => {
    const { host, settle } = hook();
    host.emit("SIGINT");
    host.emit("SIGINT");
    expect(host.raised).toEqual(["SIGINT"]);
    await settle();
    expect(host.raised).toEqual(["SIGINT"]);
  });

  test("is raised once, by the last of several of ours to be done", async () => {
    const host = new FakeProcess();
    const first = hook({}, host);
    const second = hook({}, host);
    host.emit("SIGTERM");
    await first.settle();
    expect(host.raised).toEqual([]);
    await second.settle();
    expect(host.raised).toEqual(["SIGTERM"]);
  });

  test("flushes again while events still come, a few times", async () => {
    const hooked = hook();
    hooked.host.emit("SIGTERM");
    for (let round = 0; round < 5; round++) {
      hooked.emitted += 1;
      await hooked.settle();
    }
    expect(hooked.calls).toEqual(["flush", "flush", "flush", "endNow"]);
    expect(hooked.host.raised).toEqual(["SIGTERM"]);
  });

  test("a listener of signal-exit, which steps back for others, is no owner of the signal", async () => {
    const emitter = Symbol.for("signal-exit emitter");
    Object.defineProperty(globalThis, emitter, { value: { count: 1 }, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, emitter));
    const { host, settle } = hook();
    host.on("SIGTERM", () => undefined);
    host.emit("SIGTERM");
    await settle();
    expect(host.raised).toEqual(["SIGTERM"]);
    expect(host.listenerCount("SIGTERM")).toBe(1);
  });

  test("beside signal-exit the service's own listener counts", async () => {
    const emitter = Symbol.for("signal-exit emitter");
    Object.defineProperty(globalThis, emitter, { value: { count: 1 }, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, emitter));
    const { host, settle } = hook();
    host.on("SIGTERM", () => undefined);
    host.on("SIGTERM", () => undefined);
    host.emit("SIGTERM");
    await settle();
    expect(host.raised).toEqual([]);
  });

  test("nothing is listened for where that is not wanted", () => {
    const { host } = hook({ handleSignals: false, flushOnExit: false });
    expect(host.eventNames()).toEqual([]);
  });
});

describe("an end", () => {
  test("of the loop is flushed on once, and again only when something was emitted since", async () => {
    const hooked = hook();
    hooked.host.emit("beforeExit");
    hooked.host.emit("beforeExit");
    expect(hooked.calls).toEqual(["flush"]);
    hooked.emitted += 1;
    hooked.host.emit("beforeExit");
    expect(hooked.calls).toEqual(["flush", "flush"]);
    await hooked.settle();
  });

  test("by exit hands on before anybody else's listener", () => {
    const host = new FakeProcess();
    const order: string[] = [];
    host.on("exit", () => order.push("file"));
    hook({ endNow: () => void order.push("ours") }, host);
    host.emit("exit");
    expect(order).toEqual(["ours", "file"]);
  });

  test("by an uncaught exception begins a flush", async () => {
    const { host, calls, settle } = hook();
    host.emit("uncaughtExceptionMonitor");
    expect(calls).toEqual(["flush"]);
    await settle();
  });
});

test("unhooked, nothing listens", () => {
  const { host, unhook } = hook();
  expect(host.eventNames().length).toBeGreaterThan(0);
  unhook();
  expect(host.eventNames()).toEqual([]);
});
