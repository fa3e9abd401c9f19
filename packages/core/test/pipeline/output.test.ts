import { describe, expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import type { PartialRejection } from "../../src/plugin/sink.ts";
import { settlePromises } from "../fake-clock.ts";
import { deliveringSink, droppedOf, expectBalanced, FakeJournal, FakeSink } from "../fake-parts.ts";
import { build, buildOutput } from "./build.ts";

describe("batches", () => {
  test("what one tick emits goes in one batch, never from within emit", async () => {
    const { emit, sink, account } = buildOutput();
    emit("a", "b", "c");
    expect(sink.calls).toHaveLength(0);
    expect(account()).toMatchObject({ accepted: 3, queued: 3, inFlight: 0 });
    await settlePromises();
    expect(sink.calls.map(({ names }) => names)).toEqual([["a", "b", "c"]]);
    expect(account()).toMatchObject({ accepted: 3, queued: 0, inFlight: 3 });
    sink.call(0).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 3, inFlight: 0 });
  });

  test("a batch waits for its delay, counted from its first event, or until it is full", async () => {
    const { emit, sink, clock } = buildOutput({ sink: deliveringSink(), batch: { maxDelayMs: 100, maxCount: 3 } });
    emit("a");
    await clock.advance(60);
    emit("b");
    await clock.advance(39);
    expect(sink.handed).toEqual([]);
    await clock.advance(1);
    expect(sink.calls.map(({ names }) => names)).toEqual([["a", "b"]]);
    emit("c", "d", "e", "f");
    await settlePromises();
    expect(sink.calls.map(({ names }) => names)).toEqual([
      ["a", "b"],
      ["c", "d", "e"],
    ]);
    await clock.advance(100);
    expect(sink.handed).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(clock.pending).toBe(0);
  });

  test("a batch ends before its size would be passed, and a larger event goes alone", async () => {
    const { pipeline, sink, clock } = buildOutput({ sink: deliveringSink(), batch: { maxDelayMs: 10, maxBytes: 100 } });
    for (const [name, body] of [
      ["a", 60],
      ["b", 30],
      ["c", 30],
      ["d", 500],
      ["e", 1],
    ] as const)
      pipeline.emit({ name, body });
    await clock.advance(10);
    expect(sink.calls.map(({ names }) => names)).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
  });

  test("one write at a time, unless the sink says otherwise", async () => {
    const one = buildOutput({ batch: { maxDelayMs: 0, maxCount: 1 } });
    one.emit("a", "b", "c");
    await settlePromises();
    expect(one.sink.calls).toHaveLength(1);
    const sink = new FakeSink();
    sink.concurrency = 2;
    const two = buildOutput({ sink, batch: { maxDelayMs: 0, maxCount: 1 } });
    two.emit("a", "b", "c");
    await settlePromises();
    expect(sink.calls).toHaveLength(2);
    sink.call(1).resolve();
    await settlePromises();
    expect(sink.handed).toEqual(["a", "b", "c"]);
    expect(sink.mostActive).toBe(2);
  });

  test.each([0, -1, 1.5, Number.NaN])("a concurrency of %s is 1", async (concurrency) => {
    const sink = new FakeSink();
    sink.concurrency = concurrency;
    const { emit } = buildOutput({ sink, batch: { maxDelayMs: 0, maxCount: 1 } });
    emit("a", "b");
    await settlePromises();
    expect(sink.calls).toHaveLength(1);
  });

  test("a sink sees lines without an id, also when the journal has numbered the same ones", async () => {
    const sink = new FakeSink();
    const journal = new FakeJournal();
    const { pipeline } = build({ journal: { journal }, outputs: [{ name: "out", sink, batch: { maxDelayMs: 0 } }] });
    pipeline.emit({ name: "a", severity: "warn" });
    await settlePromises();
    const [line] = sink.call(0).batch;
    expect(journal.ring.tip).toBe(1);
    expect(line).toMatchObject({
      id: undefined,
      line: '{"name":"a","attributes":{}}',
      name: "a",
      severity: 13,
      signal: "logs",
    });
    expect([line?.time, line?.size]).toEqual([0n, 28]);
  });

  test("a sink may do to its batch what it likes", async () => {
    const { emit, sink, account, clock } = buildOutput();
    emit("a", "b");
    await settlePromises();
    const { batch, reject } = sink.call(0);
    (batch as unknown[]).length = 0;
    reject(new RetryableError("again", { retryAfterMs: 1 }));
    await settlePromises();
    expectBalanced(account());
    expect(account().queued).toBe(2);
    await clock.advance(1);
    expect(sink.call(1).names).toEqual(["a", "b"]);
  });
});

describe("filters", () => {
  test("severity, names and signals are filtered, counted and not queued", async () => {
    const sink = deliveringSink();
    const { pipeline, account, clock } = buildOutput({ sink, minSeverity: 13, names: ["checkout.*", "boot"] });
    pipeline.emit({ name: "checkout.done", severity: "warn" });
    pipeline.emit({ name: "checkout.done", severity: "info" });
    pipeline.emit({ name: "boot", severity: "error" });
    pipeline.emit({ name: "boot.more", severity: "error" });
    pipeline.emit({ name: "checkout", severity: "error" });
    pipeline.emit({ severity: "error" });
    pipeline.emit({ name: "checkout.span", severity: "error", signal: "traces" });
    await clock.runAll();
    expect(sink.handed).toEqual(["checkout.done", "boot"]);
    expect(account()).toMatchObject({ accepted: 7, filtered: 5, delivered: 2 });
  });

  test("a sink gets the signals that it names", async () => {
    const sink = deliveringSink();
    Object.assign(sink, { signals: ["traces"] });
    const { pipeline } = buildOutput({ sink });
    pipeline.emit({ name: "log" });
    pipeline.emit({ name: "span", signal: "traces" });
    await settlePromises();
    expect(sink.handed).toEqual(["span"]);
  });
});

describe("a full queue", () => {
  test("drop-newest keeps what came first", async () => {
    const { emit, sink, account } = buildOutput({ queue: { maxCount: 2, policy: "drop-newest" } });
    emit("a", "b", "c", "d");
    expect(account()).toMatchObject({ accepted: 4, queued: 2, dropped: { overflow: 2 } });
    await settlePromises();
    expect(sink.handed).toEqual(["a", "b"]);
  });

  test("drop-oldest keeps what came last", async () => {
    const { emit, sink, account } = buildOutput({ queue: { maxCount: 2, policy: "drop-oldest" } });
    emit("a", "b", "c", "d");
    expect(account()).toMatchObject({ accepted: 4, queued: 2, dropped: { overflow: 2 } });
    await settlePromises();
    expect(sink.handed).toEqual(["c", "d"]);
  });

  test("the bound holds by size, and drop-oldest drops no more than it must", async () => {
    const { pipeline, sink, account } = buildOutput({ queue: { maxBytes: 100, policy: "drop-oldest" } });
    for (const [name, body] of [
      ["a", 40],
      ["b", 40],
      ["c", 60],
    ] as const)
      pipeline.emit({ name, body });
    expect(account()).toMatchObject({ queued: 2, dropped: { overflow: 1 } });
    pipeline.emit({ name: "huge", body: 101 });
    expect(account()).toMatchObject({ queued: 2, dropped: { overflow: 2 } });
    await settlePromises();
    expect(sink.handed).toEqual(["b", "c"]);
  });

  test("a full queue goes without waiting for its delay", async () => {
    const { emit, sink } = buildOutput({ batch: { maxDelayMs: 1000 }, queue: { maxCount: 2, policy: "drop-newest" } });
    emit("a", "b", "c");
    await settlePromises();
    expect(sink.handed).toEqual(["a", "b"]);
  });

  test("block: emit drops the newest, emitAsync waits for room, in order", async () => {
    const { pipeline, emit, sink, account } = buildOutput({
      queue: { maxCount: 2, policy: "block" },
      batch: { maxDelayMs: 0, maxCount: 1 },
    });
    emit("a", "b", "c");
    expect(account()).toMatchObject({ queued: 2, dropped: { overflow: 1 } });
    await settlePromises(); // "a" is in flight, so there is room for one
    const settled: string[] = [];
    const emitAsync = (name: string): void => {
      void pipeline.emitAsync({ name }).then(() => settled.push(name));
    };
    emitAsync("d");
    emitAsync("e");
    emitAsync("f");
    emit("g"); // behind two who wait: full
    expect(account()).toMatchObject({ accepted: 7, inFlight: 1, queued: 4, dropped: { overflow: 2 } });
    for (let i = 0; i < 5; i++) {
      sink.call(i).resolve();
      await settlePromises();
    }
    expect(sink.handed).toEqual(["a", "b", "d", "e", "f"]);
    expect(settled).toEqual(["d", "e", "f"]);
    expect(account()).toMatchObject({ delivered: 5, queued: 0, inFlight: 0 });
  });

  test("block: who waits is bounded too; beyond that an event is dropped and its promise says so", async () => {
    const { pipeline, emit, account, clock } = buildOutput({
      queue: { maxCount: 2, maxBytes: 1000, policy: "block" },
      batch: { maxDelayMs: 0, maxCount: 1 },
    });
    emit("a", "b");
    await settlePromises();
    emit("c");
    const waiting = [pipeline.emitAsync({ name: "d" }), pipeline.emitAsync({ name: "e" })];
    await expect(pipeline.emitAsync({ name: "f" })).rejects.toMatchObject({
      code: "PLB_EVENT_DROPPED",
      details: { drops: [{ output: "out", reason: "overflow" }] },
    });
    await expect(pipeline.emitAsync({ name: "g", body: 1001 })).rejects.toMatchObject({ code: "PLB_EVENT_DROPPED" });
    expect(account()).toMatchObject({ queued: 4, dropped: { overflow: 2 } });
    const dropped = Promise.allSettled(waiting);
    const closed = pipeline.close({ timeoutMs: 0 });
    await clock.advance(0);
    await closed;
    const drops = [{ output: "out", reason: "deadline" }];
    expect(await dropped).toMatchObject([{ reason: { details: { drops } } }, { reason: { details: { drops } } }]);
  });

  test("who waits makes a batch go at once", async () => {
    const { pipeline, sink } = buildOutput({
      sink: deliveringSink(),
      queue: { maxCount: 2, policy: "block" },
      batch: { maxDelayMs: 60_000 },
    });
    pipeline.emit({ name: "a" });
    pipeline.emit({ name: "b" });
    void pipeline.emitAsync({ name: "c" });
    await settlePromises();
    expect(sink.handed).toEqual(["a", "b", "c"]);
  });
});

describe("partial rejections", () => {
  test("what the far side refused is dropped as rejected, said once", async () => {
    const { emit, sink, account, diagnostics } = buildOutput();
    emit("a", "b", "c");
    await settlePromises();
    sink.call(0).resolve({ rejected: 2, reason: "too old" });
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 1, dropped: { rejected: 2 }, inFlight: 0 });
    expect(diagnostics.messages).toEqual(["plumbline: out: the far side rejected events (rejected)"]);
  });

  test("none and all are partial rejections too", async () => {
    const { emit, sink, account } = buildOutput();
    emit("a");
    await settlePromises();
    sink.call(0).resolve({ rejected: 0, reason: "" });
    await settlePromises();
    emit("b", "c");
    await settlePromises();
    sink.call(1).resolve({ rejected: 2, reason: "no" });
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 1, dropped: { rejected: 2 } });
  });

  const throwing = {
    get rejected(): number {
      throw new Error("no");
    },
  };
  test.each<[string, unknown]>([
    ["a negative number", { rejected: -1, reason: "" }],
    ["NaN", { rejected: Number.NaN, reason: "" }],
    ["a fraction", { rejected: 0.5, reason: "" }],
    ["more than the batch has", { rejected: 3, reason: "" }],
    ["a text", { rejected: "1", reason: "" }],
    ["an object that says nothing", {}],
    ["true", true],
    ["a function", () => undefined],
    ["a getter that throws", throwing],
  ])("nonsense is dropped under its code: %s", async (_what, result) => {
    const { emit, sink, account, diagnostics } = buildOutput();
    emit("a", "b");
    await settlePromises();
    sink.call(0).resolve(result as PartialRejection);
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 0, inFlight: 0, dropped: { PLB_SINK_RESULT_INVALID: 2 } });
    expect(diagnostics.messages).toHaveLength(1);
    emit("c");
    await settlePromises();
    sink.call(1).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 1 });
  });
});

describe("failures", () => {
  test("a batch that fails for good is dropped under the error's code; the next goes on at once", async () => {
    const { emit, sink, account, clock, diagnostics } = buildOutput();
    for (const name of ["a", "b"]) {
      emit(name);
      await settlePromises();
      sink.call(sink.calls.length - 1).reject(Object.assign(new Error("quotes a value"), { code: "EPIPE" }));
      await settlePromises();
    }
    expect(account()).toMatchObject({ dropped: { EPIPE: 2 }, inFlight: 0, queued: 0 });
    expect(clock.pending).toBe(0);
    expect(diagnostics.messages).toEqual(["plumbline: out: write failed and its events were dropped (EPIPE)"]);
  });

  test.each<[string, (sink: FakeSink) => void, string]>([
    [
      "throws at once",
      (sink) => {
        sink.write = () => {
          throw new TypeError("x");
        };
      },
      "TypeError",
    ],
    [
      "throws nothing",
      (sink) => {
        sink.write = () => {
          // eslint-disable-next-line typescript/only-throw-error -- a plugin may throw anything
          throw undefined;
        };
      },
      "unknown",
    ],
    [
      "rejects with a hostile object",
      (sink) => {
        sink.write = () =>
          // eslint-disable-next-line typescript/prefer-promise-reject-errors -- what a hostile plugin may do
          Promise.reject(
            new Proxy(
              {},
              {
                get: () => {
                  throw new Error("no");
                },
              },
            ),
          );
      },
      "unknown",
    ],
    [
      "returns a thenable that throws",
      (sink) => {
        sink.write = () =>
          ({
            // eslint-disable-next-line unicorn/no-thenable -- what a hostile plugin may return
            then: () => {
              throw new RangeError("x");
            },
          }) as unknown as Promise<void>;
      },
      "RangeError",
    ],
    [
      "has no write any more",
      (sink) => {
        sink.write = undefined as never;
      },
      "TypeError",
    ],
  ])("a sink that %s is isolated and counted", async (_how, spoil, code) => {
    const sink = new FakeSink();
    spoil(sink);
    const { emit, account } = buildOutput({ sink });
    emit("a");
    await settlePromises();
    expect(account()).toMatchObject({ dropped: { [code]: 1 }, inFlight: 0 });
  });

  test("a failing sink does not hold up another", async () => {
    const good = deliveringSink();
    const bad = new FakeSink();
    bad.write = () => {
      throw new Error("x");
    };
    const { pipeline } = build({
      outputs: [
        { name: "bad", sink: bad, batch: { maxDelayMs: 0 } },
        { name: "good", sink: good, batch: { maxDelayMs: 0 } },
      ],
    });
    for (let i = 0; i < 10; i++) {
      pipeline.emit({ name: `${i}` });
      await settlePromises();
    }
    expect(good.handed).toHaveLength(10);
  });

  test("after failures in a row the sink is left alone, longer each time, then tried with one batch", async () => {
    const { emit, sink, account, clock, diagnostics } = buildOutput({
      batch: { maxDelayMs: 0, maxCount: 1 },
      retry: { initialMs: 1000, maxMs: 3000 },
    });
    sink.auto = (call) => call.reject(new Error("x"));
    emit("1", "2", "3", "4", "5", "6", "7", "8");
    await settlePromises();
    expect(sink.calls).toHaveLength(3);
    expect(account()).toMatchObject({ dropped: { Error: 3 }, queued: 5 });
    await clock.advance(999);
    expect(sink.calls).toHaveLength(3);
    await clock.advance(1);
    expect(sink.calls).toHaveLength(4);
    await clock.advance(2000);
    expect(sink.calls).toHaveLength(5);
    await clock.advance(2999);
    expect(sink.calls).toHaveLength(5);
    sink.auto = (call) => call.resolve();
    await clock.advance(1);
    expect(account()).toMatchObject({ dropped: { Error: 5 }, delivered: 3, queued: 0 });
    expect(diagnostics.messages).toHaveLength(1);
  });
});

describe("retries", () => {
  test("the same batch again, after what the far side asked for, before anything newer", async () => {
    const { emit, sink, account, clock } = buildOutput();
    emit("a", "b");
    await settlePromises();
    sink.call(0).reject(new RetryableError("busy", { retryAfterMs: 7000 }));
    emit("c");
    await settlePromises();
    expect(account()).toMatchObject({ queued: 3, inFlight: 0, redelivered: 0 });
    await clock.advance(6999);
    expect(sink.calls).toHaveLength(1);
    await clock.advance(1);
    expect(sink.calls.map(({ names }) => names)).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    sink.call(1).resolve();
    await settlePromises();
    sink.call(2).resolve();
    await settlePromises();
    expect(sink.call(2).names).toEqual(["c"]);
    expect(account()).toMatchObject({ delivered: 3, redelivered: 0, queued: 0 });
  });

  test("without a wish of the far side the pauses double up to their bound, and begin anew after a success", async () => {
    const { emit, sink, clock } = buildOutput({ retry: { initialMs: 100, maxMs: 350 } });
    sink.auto = (call) => call.reject(new RetryableError("busy"));
    const startMs = clock.monotonicMs();
    const atMs: number[] = [];
    const { auto } = sink;
    sink.auto = (call) => {
      atMs.push(clock.monotonicMs() - startMs);
      auto(call);
    };
    emit("a");
    await clock.advance(1200);
    expect(atMs).toEqual([0, 100, 300, 650, 1000]);
    sink.auto = (call) => call.resolve();
    await clock.advance(400);
    sink.auto = (call) => {
      atMs.push(clock.monotonicMs() - startMs);
      call.reject(new RetryableError("busy"));
    };
    emit("b");
    await clock.advance(100);
    expect(atMs.slice(-2)).toEqual([1600, 1700]);
  });

  test.each([
    ["of a year is believed for a quarter of an hour", 365 * 86_400_000, 900_000],
    ["of nothing is one of a millisecond, so that no loop is made of it", 0, 1],
    ["that is NaN is ours to choose", Number.NaN, 500],
    ["that is negative is ours to choose", -5, 500],
    ["that is no number is ours to choose", "soon" as unknown as number, 500],
  ])("a wish %s", async (_what, retryAfterMs, waitsMs) => {
    const { emit, sink, clock } = buildOutput({ retry: { maxElapsedMs: 1_000_000 } });
    emit("a");
    await settlePromises();
    sink.call(0).reject(new RetryableError("busy", { retryAfterMs }));
    await clock.advance(waitsMs - 0.5);
    expect(sink.calls).toHaveLength(1);
    await clock.advance(0.5);
    expect(sink.calls).toHaveLength(2);
  });

  test("a far side that always asks for no wait is waited for all the same", async () => {
    const { emit, sink, clock } = buildOutput({ retry: { initialMs: 1000, maxMs: 1000 } });
    sink.auto = (call) => call.reject(new RetryableError("busy", { retryAfterMs: 0 }));
    emit("a");
    await clock.advance(10_000);
    expect(sink.calls.length).toBeLessThan(15);
  });

  test("a batch is given up after its attempts, under the cause's code", async () => {
    const { emit, sink, account, clock } = buildOutput({ retry: { initialMs: 10, maxMs: 10, maxAttempts: 3 } });
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    sink.auto = (call) => call.reject(new RetryableError("down", { cause }));
    emit("a", "b");
    await clock.advance(1000);
    expect(sink.calls).toHaveLength(3);
    expect(account()).toMatchObject({ dropped: { ECONNREFUSED: 2 }, queued: 0, inFlight: 0 });
  });

  test("a batch is given up after its time, and not tried when that would be too late", async () => {
    const { emit, sink, account, clock } = buildOutput({ retry: { initialMs: 400, maxMs: 400, maxElapsedMs: 1000 } });
    sink.auto = (call) => call.reject(new RetryableError("down"));
    emit("a");
    await clock.advance(10_000);
    expect(sink.calls).toHaveLength(3);
    expect(account()).toMatchObject({ dropped: { RetryableError: 1 } });
  });

  test("with a concurrency of 2 what is tried again goes in its order", async () => {
    const sink = new FakeSink();
    sink.concurrency = 2;
    const { emit, clock, account } = buildOutput({
      sink,
      batch: { maxDelayMs: 0, maxCount: 1 },
      retry: { initialMs: 100 },
    });
    emit("a", "b", "c");
    await settlePromises();
    sink.call(1).reject(new RetryableError("busy"));
    sink.call(0).reject(new RetryableError("busy"));
    await clock.advance(300);
    sink.auto = (call) => call.resolve();
    sink.call(2).resolve();
    sink.call(3).resolve();
    await clock.advance(300);
    expect(sink.handed).toEqual(["a", "b", "a", "b", "c"]);
    expect(account()).toMatchObject({ delivered: 3 });
  });
});

describe("a write that does not settle by its deadline", () => {
  test("is told so, and the batch is given again after a pause, counted as redelivered", async () => {
    const { emit, sink, account, clock, diagnostics } = buildOutput({
      writeTimeoutMs: 1000,
      retry: { initialMs: 500 },
    });
    emit("a", "b");
    await clock.advance(999);
    expect(sink.call(0).signal.aborted).toBe(false);
    await clock.advance(1);
    expect(sink.call(0).signal.aborted).toBe(true);
    expect(account()).toMatchObject({ inFlight: 0, queued: 2, redelivered: 0 });
    await clock.advance(500);
    expect(sink.call(1).names).toEqual(["a", "b"]);
    expect(account()).toMatchObject({ inFlight: 2, queued: 0, redelivered: 2 });
    sink.call(1).resolve();
    await settlePromises();
    sink.call(0).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 2, inFlight: 0, queued: 0, redelivered: 2 });
    expect(diagnostics.messages).toEqual(["plumbline: out: write did not settle within 1000 ms (PLB_SINK_TIMEOUT)"]);
  });

  test("but delivers late, before it is tried again, has delivered", async () => {
    const { emit, sink, account, clock } = buildOutput({ writeTimeoutMs: 1000, retry: { initialMs: 500 } });
    emit("a");
    await clock.advance(1000);
    emit("b");
    sink.call(0).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 1, redelivered: 0, inFlight: 1 });
    expect(sink.call(1).names).toEqual(["b"]);
    await clock.advance(500);
    expect(sink.calls).toHaveLength(2);
  });

  test.each([
    ["with the signal's reason, as fetch does", (signal: AbortSignal): unknown => signal.reason],
    ["with an AbortError", (): unknown => new DOMException("aborted", "AbortError")],
    ["with an error of its own around that", (): unknown => Object.assign(new Error("x"), { code: "EPIPE" })],
    ["and asks for another try", (): unknown => new RetryableError("busy")],
  ])("and then rejects %s is tried again all the same, of unknown outcome", async (_how, reason) => {
    const { emit, sink, account, clock } = buildOutput({ writeTimeoutMs: 1000, retry: { initialMs: 500 } });
    sink.auto = (call) => call.signal.addEventListener("abort", () => call.reject(reason(call.signal)));
    emit("a");
    await clock.advance(1000);
    expect(account()).toMatchObject({ queued: 1, inFlight: 0, dropped: {} });
    sink.auto = (call) => call.resolve();
    await clock.advance(500);
    expect(sink.handed).toEqual(["a", "a"]);
    expect(account()).toMatchObject({ delivered: 1, redelivered: 1 });
  });

  test("late answers to an attempt that was followed by another change nothing", async () => {
    const { emit, sink, account, clock } = buildOutput({ writeTimeoutMs: 1000, retry: { initialMs: 500 } });
    emit("a");
    await clock.advance(1500); // the second attempt is under way
    sink.call(0).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ inFlight: 1, delivered: 0, dropped: {} });
    await clock.advance(1000); // and times out as well
    sink.call(1).resolve();
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 1, inFlight: 0, queued: 0 });
  });

  test("is not repeated without bound: four calls that hang, and the sink gets no more until one has settled", async () => {
    const { emit, sink, account, clock } = buildOutput({ writeTimeoutMs: 10, retry: { initialMs: 10, maxMs: 10 } });
    emit("a");
    await clock.advance(60_000);
    expect(sink.calls).toHaveLength(4);
    expectBalanced(account());
    sink.call(0).reject(new Error("at last"));
    await clock.advance(10);
    expect(sink.calls).toHaveLength(5);
  });
});

describe("flush", () => {
  test("sends what waits for its delay, and resolves when it is settled and the sink has flushed", async () => {
    const sink = new FakeSink();
    const flushed: unknown[] = [];
    sink.flush = async (options) => void flushed.push(options);
    const { pipeline, emit } = buildOutput({ sink, batch: { maxDelayMs: 60_000 } });
    emit("a");
    let done = false;
    void pipeline.flush({ durability: "fsynced" }).then(() => {
      done = true;
    });
    await settlePromises();
    expect(sink.handed).toEqual(["a"]);
    expect([done, flushed]).toEqual([false, []]);
    sink.call(0).resolve();
    await settlePromises();
    expect([done, flushed]).toEqual([true, [{ durability: "fsynced" }]]);
  });

  test("does not wait for what comes after it, nor runs beside a write", async () => {
    const sink = new FakeSink();
    let finish: () => void = () => undefined;
    sink.flush = () =>
      new Promise<void>((resolve) => {
        expect(sink.active).toBe(0);
        finish = resolve;
      });
    const { pipeline, emit } = buildOutput({ sink, batch: { maxDelayMs: 0, maxCount: 1 } });
    emit("a", "b");
    let done = false;
    void pipeline.flush().then(() => {
      done = true;
    });
    emit("c");
    await settlePromises();
    sink.call(0).resolve();
    await settlePromises();
    sink.call(1).resolve();
    await settlePromises();
    expect(sink.handed).toEqual(["a", "b"]); // "c" waits for the sink's flush
    finish();
    await settlePromises();
    expect(done).toBe(true);
    expect(sink.handed).toEqual(["a", "b", "c"]);
  });

  test("of nothing resolves at once, any number of times", async () => {
    const { pipeline } = buildOutput({ sink: deliveringSink() });
    await Promise.all([pipeline.flush(), pipeline.flush()]);
  });

  test("waits for a batch that is tried again, and is content when it was dropped", async () => {
    const { pipeline, emit, sink, clock, account } = buildOutput({
      retry: { initialMs: 10, maxMs: 10, maxAttempts: 2 },
    });
    sink.auto = (call) => call.reject(new RetryableError("down"));
    emit("a");
    const flushed = pipeline.flush();
    await clock.advance(100);
    await flushed;
    expect(account()).toMatchObject({ dropped: { RetryableError: 1 } });
  });

  test("names each output that was not settled in time, and the output goes on", async () => {
    const { pipeline, emit, sink, clock, account } = buildOutput();
    emit("a");
    const flushed = pipeline.flush({ timeoutMs: 500 });
    // eslint-disable-next-line vitest/valid-expect -- awaited below, when the clock has gone on
    const failed = expect(flushed).rejects.toMatchObject({
      code: "PLB_FLUSH_INCOMPLETE",
      details: { outputs: { out: "PLB_FLUSH_INCOMPLETE" } },
    });
    await clock.advance(500);
    await failed;
    sink.auto = (call) => call.resolve();
    sink.call(0).resolve();
    emit("b");
    await settlePromises();
    expect(account()).toMatchObject({ delivered: 2 });
    await pipeline.flush();
  });

  test("says so when the sink's own flush fails, hangs or throws at once", async () => {
    const sink = deliveringSink();
    const { pipeline, emit, clock } = buildOutput({ sink, writeTimeoutMs: 1000 });
    sink.flush = () => Promise.reject(Object.assign(new Error("x"), { code: "EIO" }));
    await expect(pipeline.flush()).rejects.toMatchObject({ details: { outputs: { out: "EIO" } } });
    sink.flush = () => {
      throw new TypeError("x");
    };
    await expect(pipeline.flush()).rejects.toMatchObject({ details: { outputs: { out: "TypeError" } } });
    sink.flush = () => new Promise(() => undefined);
    // eslint-disable-next-line vitest/valid-expect -- awaited below, when the clock has gone on
    const failed = expect(pipeline.flush()).rejects.toMatchObject({
      details: { outputs: { out: "PLB_PLUGIN_TIMEOUT" } },
    });
    await clock.advance(1000);
    await failed;
    emit("a");
    await settlePromises();
    expect(sink.handed).toEqual(["a"]);
  });
});

describe("close", () => {
  test("drains, flushes and closes the sink, and leaves no timer behind", async () => {
    const sink = deliveringSink();
    const order: string[] = [];
    sink.flush = async () => void order.push(`flush of ${sink.handed.length}`);
    sink.onClose = () => void order.push("close");
    const { pipeline, emit, clock, account } = buildOutput({ sink, batch: { maxDelayMs: 60_000, maxCount: 2 } });
    emit("a", "b", "c");
    await pipeline.close();
    expect(order).toEqual(["flush of 3", "close"]);
    expect(account()).toMatchObject({ delivered: 3 });
    expect(clock.pending).toBe(0);
  });

  test("a flush with a later deadline ends with it, and says that what it waited for was not settled", async () => {
    const { pipeline, emit, clock, sink, account } = buildOutput();
    emit("a");
    let flushed: unknown;
    const ended = pipeline.flush({ timeoutMs: 60_000, durability: "fsynced" }).catch((error: unknown) => {
      flushed = error;
    });
    await settlePromises();
    expect(sink.handed).toEqual(["a"]);
    const closed = pipeline.close({ timeoutMs: 200 });
    await clock.advance(200);
    await closed;
    await settlePromises();
    expect(flushed).toMatchObject({
      code: "PLB_FLUSH_INCOMPLETE",
      details: { outputs: { out: "PLB_FLUSH_INCOMPLETE" } },
    });
    expect(account()).toMatchObject({ delivered: 0, dropped: { deadline: 1 } });
    await ended;
  });

  test("a flush of what it delivers in time succeeds, begun before it or after it", async () => {
    const sink = new FakeSink();
    const { pipeline, emit } = buildOutput({ sink });
    emit("a");
    const before = pipeline.flush();
    const closed = pipeline.close();
    const after = pipeline.flush();
    await settlePromises();
    sink.call(0).resolve();
    await expect(Promise.all([before, closed, after])).resolves.toHaveLength(3);
    await expect(pipeline.flush()).resolves.toBeUndefined();
  });

  test("what is left at the deadline is dropped as deadline, and the sink's signal aborts", async () => {
    const abort = new AbortController();
    const { pipeline, emit, sink, clock, account } = buildOutput({ batch: { maxDelayMs: 0, maxCount: 1 }, abort });
    emit("a", "b");
    await settlePromises();
    let done = false;
    void pipeline.close({ timeoutMs: 1000 }).then(() => {
      done = true;
    });
    await clock.advance(999);
    expect([done, abort.signal.aborted, sink.closes]).toEqual([false, false, 0]);
    await clock.advance(1);
    expect([done, abort.signal.aborted, sink.closes]).toEqual([true, true, 1]);
    expect(account()).toMatchObject({ dropped: { deadline: 2 }, inFlight: 0, queued: 0 });
    sink.call(0).resolve();
    await clock.runAll();
    expect(account()).toMatchObject({ delivered: 0, dropped: { deadline: 2 } });
    expect(sink.calls).toHaveLength(1);
  });

  test("gives a sink that is paused one more chance", async () => {
    const { pipeline, emit, sink, account } = buildOutput({ retry: { initialMs: 30_000 } });
    emit("a");
    await settlePromises();
    sink.call(0).reject(new RetryableError("down"));
    await settlePromises();
    sink.auto = (call) => call.resolve();
    await pipeline.close({ timeoutMs: 1000 });
    expect(account()).toMatchObject({ delivered: 1 });
  });

  test("a batch that waits to be tried again is dropped at the deadline too", async () => {
    const { pipeline, emit, sink, clock, account } = buildOutput({ retry: { initialMs: 600 } });
    sink.auto = (call) => call.reject(new RetryableError("down"));
    emit("a");
    await settlePromises();
    const closed = pipeline.close({ timeoutMs: 1000 });
    await clock.advance(1000);
    await closed;
    expect(account()).toMatchObject({ dropped: { deadline: 1 }, queued: 0 });
    expect(clock.pending).toBe(0);
  });

  test.each<[string, (sink: FakeSink) => void, string]>([
    [
      "rejects",
      (sink) => {
        sink.onClose = () => Promise.reject(new TypeError("x"));
      },
      "TypeError",
    ],
    [
      "throws",
      (sink) => {
        sink.close = () => {
          throw new RangeError("x");
        };
      },
      "RangeError",
    ],
    [
      "hangs",
      (sink) => {
        sink.onClose = () => new Promise(() => undefined);
      },
      "PLB_PLUGIN_TIMEOUT",
    ],
  ])("a sink whose close %s does not keep the pipeline from closing", async (_how, spoil, code) => {
    const sink = deliveringSink();
    spoil(sink);
    const { pipeline, clock, diagnostics } = buildOutput({ sink });
    const closed = pipeline.close({ timeoutMs: 100 });
    await clock.advance(1000);
    await closed;
    expect(diagnostics.messages).toEqual([`plumbline: out: close failed (${code})`]);
  });

  test("is the same when repeated, and closes the sink once", async () => {
    const { pipeline, sink } = buildOutput({ sink: deliveringSink() });
    expect(pipeline.close()).toBe(pipeline.close());
    await pipeline[Symbol.asyncDispose]();
    expect(sink.closes).toBe(1);
  });

  test("events after it are dropped as closed, in every account", async () => {
    const { pipeline, emit, account } = buildOutput({ sink: deliveringSink() });
    emit("a");
    const closed = pipeline.close();
    emit("b");
    await expect(pipeline.emitAsync({ name: "c" })).rejects.toMatchObject({ code: "PLB_EVENT_DROPPED" });
    await closed;
    emit("d");
    expect(account()).toMatchObject({ accepted: 4, delivered: 1, dropped: { closed: 3 } });
    expect(pipeline.isEnabled(24)).toBe(false);
    expect(droppedOf(account())).toBe(3);
  });
});
