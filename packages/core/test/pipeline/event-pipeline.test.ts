import { describe, expect, test } from "vitest";
import type { Journal } from "../../src/journal.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import { settlePromises } from "../fake-clock.ts";
import { deliveringSink, expectAccounted, FakeJournal, FakeSink, FakeWriter } from "../fake-parts.ts";
import { build } from "./build.ts";

const AT_ONCE = { maxDelayMs: 0 };

describe("emit", () => {
  test("an event goes to the journal at once and to a sink after emit has returned", async () => {
    const journal = new FakeJournal();
    const sink = deliveringSink();
    const { pipeline, clock } = build({ journal: { journal }, outputs: [{ name: "out", sink }] });
    pipeline.emit({ name: "a" });
    expect(journal.names).toEqual(["a"]);
    expect(sink.calls).toHaveLength(0);
    await clock.advance(200);
    expect(sink.handed).toEqual(["a"]);
    const report = pipeline.report();
    expectAccounted(report);
    expect(report.outputs).toMatchObject([
      { name: "journal", accepted: 1, delivered: 1 },
      { name: "out", accepted: 1, delivered: 1 },
    ]);
  });

  test("what the event says reaches the writer as it is, where there is no processor", () => {
    const { pipeline, writer } = build({ journal: { journal: new FakeJournal() } });
    const event = { name: "a", attributes: { b: 1 } };
    const seen: unknown[] = [];
    writer.onWrite = (given) => void seen.push(given);
    pipeline.emit(event);
    expect(seen[0]).toBe(event);
  });

  test("an event without a severity, or with one that does not exist, is INFO", () => {
    const journal = new FakeJournal();
    const { pipeline } = build({ journal: { journal, minSeverity: 9 } });
    pipeline.emit({});
    pipeline.emit({ severity: 99 as never });
    pipeline.emit({ severity: "loud" as never });
    expect(journal.ledger.report()).toMatchObject({ delivered: 3, filtered: 0 });
    pipeline.emit({ severity: "Debug" as never });
    expect(journal.ledger.report()).toMatchObject({ delivered: 3, filtered: 1 });
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    [
      "a getter that throws",
      {
        get severity(): never {
          throw new Error("no");
        },
      },
    ],
    [
      "a revoked proxy",
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
  ])("%s as an event never throws, and is counted", (_what, event) => {
    const { pipeline, diagnostics } = build({ journal: { journal: new FakeJournal() } });
    pipeline.emit(event as never);
    pipeline.emit(event as never);
    const report = pipeline.report();
    expectAccounted(report);
    expect(report.intake).toMatchObject({ emitted: 2, accepted: 0, dropped: { failed: 2 } });
    expect(diagnostics.messages).toHaveLength(1);
  });

  test("a writer and a journal that throw, which they must not, do not throw out of emit nor keep others from the event", async () => {
    const journal = new FakeJournal();
    const sink = deliveringSink();
    const { pipeline, writer, diagnostics } = build({
      journal: { journal },
      outputs: [{ name: "out", sink, batch: AT_ONCE }],
    });
    writer.onWrite = () => {
      throw new Error("broken");
    };
    pipeline.emit({ name: "a" });
    writer.onWrite = undefined;
    journal.append = () => {
      throw new TypeError("broken");
    };
    journal.appendAsync = () => {
      throw new TypeError("broken");
    };
    pipeline.emit({ name: "b" });
    await expect(pipeline.emitAsync({ name: "c" })).rejects.toThrow(TypeError);
    await settlePromises();
    expect(sink.handed).toEqual(["b", "c"]);
    expect(pipeline.report().intake).toMatchObject({ emitted: 3, accepted: 2, dropped: { failed: 1 } });
    expect(diagnostics.messages).toHaveLength(1);
  });
});

describe("thresholds", () => {
  test("below the pipeline's own severity an event is not enabled: neither walked nor accepted", () => {
    const journal = new FakeJournal();
    const { pipeline, writer } = build({ journal: { journal }, minSeverity: 13 });
    pipeline.emit({ severity: "info" });
    pipeline.emit({ severity: "warn" });
    expect(writer.written).toBe(1);
    expect(pipeline.report().intake).toMatchObject({ emitted: 2, disabled: 1, accepted: 1 });
    expect(journal.ledger.report()).toMatchObject({ accepted: 1 });
    expect([pipeline.isEnabled(12), pipeline.isEnabled(13)]).toEqual([false, true]);
  });

  test("what no output takes is filtered in the account of each, without a walk", () => {
    const journal = new FakeJournal();
    const { pipeline, writer } = build({
      journal: { journal, minSeverity: 9 },
      outputs: [{ name: "out", sink: deliveringSink(), minSeverity: 17 }],
    });
    pipeline.emit({ severity: "debug" });
    expect(writer.written).toBe(0);
    pipeline.emit({ severity: "info" });
    expect(writer.written).toBe(1);
    expect(pipeline.report().outputs).toMatchObject([
      { name: "journal", accepted: 2, filtered: 1, delivered: 1 },
      { name: "out", accepted: 2, filtered: 2 },
    ]);
    expect([pipeline.isEnabled(8), pipeline.isEnabled(9)]).toEqual([false, true]);
  });

  test("without any output nothing is enabled", () => {
    const { pipeline, writer } = build();
    pipeline.emit({ severity: "fatal" });
    expect(pipeline.isEnabled(24)).toBe(false);
    expect(writer.written).toBe(0);
    expect(pipeline.report().intake).toMatchObject({ emitted: 1, disabled: 1 });
  });
});

describe("emitAsync", () => {
  test("resolves with the journal's id and passes the class on", async () => {
    const journal = new FakeJournal();
    const { pipeline } = build({ journal: { journal } });
    expect(await pipeline.emitAsync({ name: "a" })).toBe("0000000000000:1");
    expect(await pipeline.emitAsync({ name: "b" }, { durability: "fsynced" })).toBe("0000000000000:2");
    expect(journal.asked).toEqual([undefined, "fsynced"]);
  });

  test("rejects with the journal's error", async () => {
    const journal = new FakeJournal();
    journal.failWith = Object.assign(new Error("full"), { code: "ENOSPC" });
    const { pipeline } = build({ journal: { journal } });
    await expect(pipeline.emitAsync({ name: "a" })).rejects.toBe(journal.failWith);
    expectAccounted(pipeline.report());
  });

  test("with a journal does not wait for a sink, but for room in one that blocks", async () => {
    const journal = new FakeJournal();
    const sink = new FakeSink();
    const queue = { maxCount: 1, policy: "block" } as const;
    const { pipeline } = build({
      journal: { journal },
      outputs: [{ name: "out", sink, queue, batch: { ...AT_ONCE, maxCount: 1 } }],
    });
    await pipeline.emitAsync({ name: "a" });
    await settlePromises();
    await pipeline.emitAsync({ name: "b" });
    let id: string | undefined;
    void pipeline.emitAsync({ name: "c" }).then((given) => {
      id = given;
    });
    await settlePromises();
    expect(id).toBeUndefined();
    sink.call(0).resolve();
    await settlePromises();
    expect(id).toBe("0000000000000:3");
  });

  test("without a journal resolves when every output has settled the event", async () => {
    const [first, second] = [new FakeSink(), new FakeSink()];
    const { pipeline } = build({
      outputs: [
        { name: "a", sink: first, batch: AT_ONCE },
        { name: "b", sink: second, batch: AT_ONCE },
      ],
    });
    let settled = "no";
    void pipeline.emitAsync({ name: "x" }).then((id) => {
      settled = `yes, ${id}`;
    });
    await settlePromises();
    first.call(0).resolve();
    await settlePromises();
    expect(settled).toBe("no");
    second.call(0).resolve();
    await settlePromises();
    expect(settled).toBe("yes, undefined");
  });

  test("without a journal rejects with each output that dropped the event, and why", async () => {
    const [good, bad, partial] = [deliveringSink(), new FakeSink(), new FakeSink()];
    bad.auto = (call) => call.reject(Object.assign(new Error("x"), { code: "EPIPE" }));
    partial.auto = (call) => call.resolve({ rejected: 1, reason: "too old" });
    const { pipeline } = build({
      outputs: [
        { name: "good", sink: good, batch: AT_ONCE },
        { name: "bad", sink: bad, batch: AT_ONCE },
        { name: "partial", sink: partial, batch: AT_ONCE },
      ],
    });
    await expect(pipeline.emitAsync({ name: "x" })).rejects.toMatchObject({
      code: "PLB_EVENT_DROPPED",
      message: "The event was dropped by bad (EPIPE), partial (rejected).",
      details: {
        drops: [
          { output: "bad", reason: "EPIPE" },
          { output: "partial", reason: "rejected" },
        ],
      },
    });
  });

  test("what is filtered or not enabled resolves at once; what the journal filters waits for the others", async () => {
    const sink = new FakeSink();
    const { pipeline } = build({
      minSeverity: 5,
      journal: { journal: new FakeJournal(), minSeverity: 13 },
      outputs: [{ name: "out", sink, minSeverity: 9, batch: AT_ONCE }],
    });
    expect(await pipeline.emitAsync({ severity: "trace" })).toBeUndefined();
    expect(await pipeline.emitAsync({ severity: "debug" })).toBeUndefined();
    let settled = false;
    void pipeline.emitAsync({ severity: "info" }).then(() => {
      settled = true;
    });
    await settlePromises();
    expect(settled).toBe(false);
    sink.call(0).resolve();
    await settlePromises();
    expect(settled).toBe(true);
    expectAccounted(pipeline.report());
  });

  test("an event that cannot be taken rejects", async () => {
    const { pipeline } = build({ journal: { journal: new FakeJournal() } });
    await expect(pipeline.emitAsync(null as never)).rejects.toMatchObject({
      code: "PLB_EVENT_DROPPED",
      details: { drops: [{ output: "pipeline", reason: "failed" }] },
    });
  });
});

describe("an event that is emitted from inside the pipeline's own calls is refused:", () => {
  const expectRefused = (pipeline: Pipeline, count: number): void => {
    const report = pipeline.report();
    expectAccounted(report);
    expect(report.intake.dropped).toEqual({ reentrant: count });
  };

  test("by a processor", () => {
    const journal = new FakeJournal();
    const { pipeline, diagnostics } = build({
      journal: { journal },
      processors: [{ name: "loop", processor: { process: (draft) => (pipeline.emit({ name: "inner" }), draft) } }],
    });
    pipeline.emit({ name: "a" });
    pipeline.emit({ name: "b" });
    expect(journal.names).toEqual(["a", "b"]);
    expectRefused(pipeline, 2);
    expect(diagnostics.messages).toHaveLength(1);
  });

  test("by a getter in the walk", () => {
    const journal = new FakeJournal();
    const { pipeline, writer } = build({ journal: { journal } });
    writer.onWrite = () => pipeline.emit({ name: "inner" });
    pipeline.emit({ name: "a" });
    expect(journal.names).toEqual(["a"]);
    expectRefused(pipeline, 1);
  });

  test("by a sink's write, flush and close", async () => {
    const sink = deliveringSink();
    const { pipeline } = build({ outputs: [{ name: "out", sink, batch: AT_ONCE }] });
    sink.auto = (call) => {
      pipeline.emit({ name: "inner" });
      call.resolve();
    };
    sink.flush = () => pipeline.emit({ name: "inner" });
    sink.onClose = () => pipeline.emit({ name: "inner" });
    pipeline.emit({ name: "a" });
    await settlePromises();
    await pipeline.flush();
    await pipeline.close();
    expect(sink.handed).toEqual(["a"]);
    expectRefused(pipeline, 4); // write, two flushes (the close's own), close
  });

  test("by a sink that has had another one written to meanwhile", async () => {
    const [first, second] = [deliveringSink(), deliveringSink()];
    const { pipeline } = build({
      outputs: [
        { name: "first", sink: first, batch: AT_ONCE },
        { name: "second", sink: second, batch: { maxDelayMs: 60_000 } },
      ],
    });
    first.auto = (call) => {
      void pipeline.flush(); // hands the second its batch, within this call
      expect(second.calls).toHaveLength(1);
      pipeline.emit({ name: "inner" });
      call.resolve();
    };
    pipeline.emit({ name: "a" });
    await settlePromises();
    expectRefused(pipeline, 1);
  });

  test("also as emitAsync, which rejects", async () => {
    const outcomes: Promise<unknown>[] = [];
    const { pipeline } = build({
      journal: { journal: new FakeJournal() },
      processors: [{ name: "loop", processor: { process: (draft) => (outcomes.push(pipeline.emitAsync({})), draft) } }],
    });
    pipeline.emit({ name: "a" });
    await expect(outcomes[0]).rejects.toMatchObject({
      details: { drops: [{ output: "pipeline", reason: "reentrant" }] },
    });
  });

  test("by a diagnostic logger that is told of a failure", () => {
    const journal = new FakeJournal();
    const { pipeline, diagnostics } = build({ journal: { journal } });
    diagnostics.warn = (message) => pipeline.emit({ name: message });
    pipeline.emit(null as never);
    pipeline.emit(null as never);
    expect(journal.names).toEqual([]);
    // The failure's message, and the message that says that it was refused.
    expect(pipeline.report().intake.dropped).toEqual({ failed: 2, reentrant: 2 });
  });

  test("but not what is emitted afterwards", async () => {
    const journal = new FakeJournal();
    const sink = deliveringSink();
    const { pipeline } = build({ journal: { journal }, outputs: [{ name: "out", sink, batch: AT_ONCE }] });
    pipeline.emit({ name: "a" });
    await settlePromises();
    pipeline.emit({ name: "b" });
    expect(journal.names).toEqual(["a", "b"]);
    expect(pipeline.report().intake.dropped).toEqual({});
  });
});

describe("flush and close with a journal", () => {
  test("flush passes class and signal on, and names the journal where it failed", async () => {
    const journal = new FakeJournal();
    const { pipeline, clock } = build({ journal: { journal } });
    await pipeline.flush();
    expect(journal.flushes).toBe(1);
    journal.onFlush = () => Promise.reject(Object.assign(new Error("x"), { code: "EIO" }));
    await expect(pipeline.flush()).rejects.toMatchObject({ details: { outputs: { journal: "EIO" } } });
    let aborted = false;
    journal.onFlush = (signal) =>
      new Promise(() =>
        signal?.addEventListener("abort", () => {
          aborted = true;
        }),
      );
    // eslint-disable-next-line vitest/valid-expect -- awaited below, when the clock has gone on
    const failed = expect(pipeline.flush({ timeoutMs: 100 })).rejects.toMatchObject({
      details: { outputs: { journal: "PLB_FLUSH_INCOMPLETE" } },
    });
    await clock.advance(100);
    await failed;
    expect(aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("close flushes the journal, does not hang with it, and refuses in its account afterwards", async () => {
    const journal = new FakeJournal();
    const { pipeline, clock } = build({ journal: { journal } });
    journal.onFlush = () => new Promise(() => undefined);
    const closed = pipeline.close({ timeoutMs: 100 });
    await clock.advance(100);
    await closed;
    expect(journal.flushes).toBe(1);
    pipeline.emit({});
    expect(journal.ledger.report()).toMatchObject({ accepted: 1, dropped: { closed: 1 } });
    expect(pipeline.report().intake).toMatchObject({ emitted: 1, accepted: 1 });
  });
});

describe("options", () => {
  test.each<[string, object, string]>([
    ["an unknown policy", { queue: { policy: "drop" } }, "queue.policy is not one of block, drop-newest, drop-oldest"],
    ["a queue of nothing", { queue: { maxCount: 0 } }, "queue.maxCount is 0, at least 1 was expected"],
    ["a size that is no number", { queue: { maxBytes: Number.NaN } }, "queue.maxBytes is NaN, at least 1 was expected"],
    ["a negative delay", { batch: { maxDelayMs: -1 } }, "batch.maxDelayMs is -1, at least 0 was expected"],
    ["no attempt", { retry: { maxAttempts: 0 } }, "retry.maxAttempts is 0, at least 1 was expected"],
    ["a pattern with a star inside", { names: ["a*b"] }, 'names has "a*b"; a * may only end a namespace (ns.*)'],
    ["an empty name", { name: "" }, "name is empty"],
  ])("%s is refused with what was expected", (_what, given, issue) => {
    const outputs = [{ name: "out", sink: deliveringSink(), ...given }];
    expect(() => build({ outputs })).toThrow(
      expect.objectContaining({
        code: "PLB_OUTPUT_OPTIONS_INVALID",
        details: { name: outputs[0]?.name, issues: [issue] },
      }),
    );
  });

  test("an option given as undefined is one left out", async () => {
    const sink = deliveringSink();
    const { pipeline, clock } = build({
      outputs: [
        {
          name: "out",
          sink,
          queue: { maxCount: undefined },
          batch: { maxDelayMs: undefined },
          retry: undefined,
          names: undefined,
        },
      ],
    });
    pipeline.emit({ name: "a" });
    await clock.advance(199);
    expect(sink.handed).toEqual([]);
    await clock.advance(1);
    expect(sink.handed).toEqual(["a"]);
  });

  test("two outputs share neither a name nor a sink, and none has the journal's name", () => {
    const sink = deliveringSink();
    const twice = [
      { name: "a", sink },
      { name: "a", sink: deliveringSink() },
    ];
    expect(() => build({ outputs: twice })).toThrow("its name is taken");
    expect(() =>
      build({
        outputs: [
          { name: "a", sink },
          { name: "b", sink },
        ],
      }),
    ).toThrow("its sink is another output's too");
    expect(() => build({ outputs: [{ name: "journal", sink }], journal: { journal: new FakeJournal() } })).toThrow(
      "its name is taken",
    );
  });
});

describe("the report", () => {
  test("has the writer's cuts and the redactor's counts, and keeps them when these are replaced", async () => {
    const redactor = (counts: Record<string, number>) => ({
      key: (name: string) => ({ name, rule: undefined }),
      text: (text: string) => text,
      replace: () => undefined,
      hasPathRules: false,
      allows: () => false,
      counts: () => counts,
    });
    const journal: Journal = new FakeJournal();
    const first = new FakeWriter();
    const { pipeline } = build({ journal: { journal }, writer: first, redactor: redactor({ jwt: 2 }) });
    first.count("depth");
    expect(pipeline.report()).toMatchObject({ lines: { depth: 1 }, redacted: { jwt: 2 } });
    const second = new FakeWriter();
    await pipeline.reconfigure({
      journal: { journal },
      writer: second,
      redactor: redactor({ jwt: 1, iban: 1 }),
      processors: [],
      outputs: [],
    });
    second.count("depth");
    second.count("event");
    expect(pipeline.report()).toMatchObject({ lines: { depth: 2, event: 1 }, redacted: { jwt: 3, iban: 1 } });
  });
});
