import { describe, expect, test } from "vitest";
import type { OutputOptions } from "../../src/pipeline/output-options.ts";
import type { PipelineConfiguration } from "../../src/pipeline/pipeline.ts";
import { settlePromises } from "../fake-clock.ts";
import { deliveringSink, expectAccounted, FakeJournal, FakeSink, FakeWriter } from "../fake-parts.ts";
import { build } from "./build.ts";

const AT_ONCE = { maxDelayMs: 0 };
const writer = new FakeWriter();

function withOutputs(...outputs: readonly OutputOptions[]): PipelineConfiguration {
  return { writer, processors: [], outputs };
}

test("events before the call are the old configuration's, events after it the new one's, in the same tick", async () => {
  const [before, after] = [deliveringSink(), deliveringSink()];
  const { pipeline } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
  for (let i = 0; i < 5; i++) pipeline.emit({ name: `old${i}` });
  const done = pipeline.reconfigure(withOutputs({ name: "b", sink: after, batch: AT_ONCE }));
  for (let i = 0; i < 5; i++) pipeline.emit({ name: `new${i}` });
  await done;
  await settlePromises();
  expect(before.handed).toEqual(["old0", "old1", "old2", "old3", "old4"]);
  expect(after.handed).toEqual(["new0", "new1", "new2", "new3", "new4"]);
  expect(before.closes).toBe(1);
  const report = pipeline.report();
  expectAccounted(report);
  expect(report.outputs).toMatchObject([
    { name: "b", delivered: 5 },
    { name: "a", delivered: 5 },
  ]);
});

test("an output whose sink stays keeps its queue, its connection and what is in flight, and takes its new options", async () => {
  const sink = new FakeSink();
  const { pipeline } = build({ outputs: [{ name: "a", sink, batch: { ...AT_ONCE, maxCount: 1 } }] });
  pipeline.emit({ name: "1" });
  pipeline.emit({ name: "2" });
  await settlePromises();
  await pipeline.reconfigure(
    withOutputs({ name: "a", sink, minSeverity: 17, queue: { maxCount: 2, policy: "drop-oldest" }, batch: AT_ONCE }),
  );
  expect(sink.closes).toBe(0);
  pipeline.emit({ name: "info" });
  for (const name of ["3", "4"]) pipeline.emit({ name, severity: "error" });
  expect(pipeline.report().outputs[0]).toMatchObject({
    accepted: 5,
    inFlight: 1,
    queued: 2,
    filtered: 1,
    dropped: { overflow: 1 },
  });
  sink.auto = (call) => call.resolve();
  sink.call(0).resolve();
  await settlePromises();
  expect(sink.calls.map(({ names }) => names)).toEqual([["1"], ["3", "4"]]);
});

test("one that is shrunk keeps what it has, and lets who waits in when there is room", async () => {
  const sink = new FakeSink();
  const queue = { maxCount: 3, policy: "block" } as const;
  const { pipeline } = build({ outputs: [{ name: "a", sink, queue, batch: { ...AT_ONCE, maxCount: 1 } }] });
  for (let i = 0; i < 3; i++) pipeline.emit({ name: `${i}`, body: 100 });
  await settlePromises();
  pipeline.emit({ name: "3", body: 100 });
  const waited = pipeline.emitAsync({ name: "4", body: 100 });
  // Smaller than the line that waits already: it is let in alone rather than never.
  await pipeline.reconfigure(
    withOutputs({
      name: "a",
      sink,
      queue: { maxCount: 1, maxBytes: 50, policy: "block" },
      batch: { ...AT_ONCE, maxCount: 1 },
    }),
  );
  expectAccounted(pipeline.report());
  sink.auto = (call) => call.resolve();
  sink.call(0).resolve();
  await waited;
  expect(sink.handed).toEqual(["0", "1", "2", "3", "4"]);
});

test("a processor whose instance stays keeps its state; one that goes is closed, one of its name goes on with its counts", async () => {
  const closes: string[] = [];
  const dropAll = { process: () => undefined, close: () => void closes.push("dropAll") };
  const kept = { process: () => undefined, close: () => void closes.push("kept") };
  const journal = new FakeJournal();
  const { pipeline } = build({ journal: { journal }, processors: [{ name: "sampler", processor: dropAll }] });
  pipeline.emit({});
  await pipeline.reconfigure({
    writer,
    journal: { journal },
    outputs: [],
    processors: [{ name: "sampler", processor: kept }],
  });
  pipeline.emit({});
  await pipeline.reconfigure({
    writer,
    journal: { journal },
    outputs: [],
    processors: [{ name: "sampler", processor: kept }],
  });
  pipeline.emit({});
  expect(closes).toEqual(["dropAll"]);
  expect(pipeline.report().processors).toEqual([{ name: "sampler", filtered: 3, failed: 0, bypassed: 0 }]);
  await pipeline.reconfigure({ writer, journal: { journal }, outputs: [], processors: [] });
  expect(closes).toEqual(["dropAll", "kept"]);
  expect(pipeline.report().processors).toHaveLength(1);
  pipeline.emit({});
  expect(journal.names).toHaveLength(1);
});

describe("an output that takes over", () => {
  test("of the same name is fed only when the old one is drained and closed; the account goes on", async () => {
    const [before, after] = [new FakeSink(), deliveringSink()];
    const { pipeline } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    let done = false;
    void pipeline.reconfigure(withOutputs({ name: "a", sink: after, batch: AT_ONCE })).then(() => {
      done = true;
    });
    pipeline.emit({ name: "2" });
    await settlePromises();
    expect(after.calls).toHaveLength(0);
    expect(pipeline.report().outputs).toMatchObject([{ name: "a", accepted: 2, inFlight: 1, queued: 1 }]);
    let closed: () => void = () => undefined;
    before.onClose = () =>
      new Promise((resolve) => {
        closed = resolve;
      });
    before.call(0).resolve();
    await settlePromises();
    expect([before.closes, after.calls.length, done]).toEqual([1, 0, false]);
    closed();
    await settlePromises();
    expect([after.handed, done]).toEqual([["2"], true]);
    expect(pipeline.report().outputs).toMatchObject([{ name: "a", accepted: 2, delivered: 2 }]);
  });

  test("with an exclusive claim in common waits too; without one it does not, even of the same name where one of the two claims something", async () => {
    const before = new FakeSink();
    before.exclusive = ["tcp:4700", "file:/x"];
    const [rival, other, namesake] = [deliveringSink(), deliveringSink(), deliveringSink()];
    rival.exclusive = ["file:/x"];
    other.exclusive = ["file:/y"];
    const { pipeline, clock } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    const done = pipeline.reconfigure(
      withOutputs(
        { name: "b", sink: rival, batch: AT_ONCE },
        { name: "c", sink: other, batch: AT_ONCE },
        { name: "a", sink: namesake, batch: AT_ONCE },
      ),
      { timeoutMs: 500 },
    );
    pipeline.emit({ name: "2" });
    await settlePromises();
    expect([rival.handed, other.handed, namesake.handed]).toEqual([[], ["2"], ["2"]]);
    await clock.advance(500); // the old one never settles: it is given up at the deadline
    await done;
    await settlePromises();
    expect(rival.handed).toEqual(["2"]);
    expect(pipeline.report().outputs.find(({ name }) => name === "a")).toMatchObject({ dropped: { deadline: 1 } });
  });

  test.each([5000, 1000])(
    "and is replaced itself while it waits has all of its time, %i ms, when its turn comes",
    async (timeoutMs) => {
      const [hanging, between, last] = [new FakeSink(), new FakeSink(), deliveringSink()];
      const { pipeline, clock } = build({ outputs: [{ name: "a", sink: hanging, batch: AT_ONCE }] });
      pipeline.emit({ name: "1" });
      await settlePromises();
      const change = (sink: FakeSink, options: { timeoutMs: number }): Promise<void> =>
        pipeline.reconfigure(withOutputs({ name: "a", sink, batch: AT_ONCE }), options);
      const first = change(between, { timeoutMs: 5000 });
      pipeline.emit({ name: "2" });
      const second = change(last, { timeoutMs });
      pipeline.emit({ name: "3" });
      await clock.advance(5000);
      await clock.advance(timeoutMs - 1);
      expect([between.handed, last.handed]).toEqual([["2"], []]);
      between.call(0).resolve();
      await Promise.all([first, second]);
      await settlePromises();
      expect(last.handed).toEqual(["3"]);
      const report = pipeline.report();
      expectAccounted(report);
      expect(report.outputs).toMatchObject([{ accepted: 3, delivered: 2, dropped: { deadline: 1 } }]);
      expect(clock.pending).toBe(0);
    },
  );

  test("and is replaced itself while it waits is held to the time of a close of everything", async () => {
    const [hanging, between, last] = [new FakeSink(), deliveringSink(), deliveringSink()];
    const { pipeline, clock } = build({ outputs: [{ name: "a", sink: hanging, batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    void pipeline.reconfigure(withOutputs({ name: "a", sink: between, batch: AT_ONCE }), { timeoutMs: 5000 });
    pipeline.emit({ name: "2" });
    void pipeline.reconfigure(withOutputs({ name: "a", sink: last, batch: AT_ONCE }), { timeoutMs: 5000 });
    let isClosed = false;
    void pipeline.close({ timeoutMs: 100 }).then(() => (isClosed = true));
    await clock.advance(100);
    await clock.advance(2000);
    expect(isClosed).toBe(true);
    expect(pipeline.report().outputs).toMatchObject([
      { accepted: 2, queued: 0, inFlight: 0, dropped: { deadline: 2 } },
    ]);
    expect([hanging.closes, between.closes, last.closes]).toEqual([1, 1, 1]);
  });

  test("twice in a row waits for both before it", async () => {
    const [first, second, third] = [new FakeSink(), new FakeSink(), deliveringSink()];
    const { pipeline } = build({ outputs: [{ name: "a", sink: first, batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    void pipeline.reconfigure(withOutputs({ name: "a", sink: second, batch: AT_ONCE }));
    pipeline.emit({ name: "2" });
    void pipeline.reconfigure(withOutputs({ name: "a", sink: third, batch: AT_ONCE }));
    pipeline.emit({ name: "3" });
    await settlePromises();
    first.call(0).resolve();
    await settlePromises();
    expect([second.handed, third.handed]).toEqual([["2"], []]);
    second.call(0).resolve();
    await settlePromises();
    expect(third.handed).toEqual(["3"]);
    expect(pipeline.report().outputs).toMatchObject([{ accepted: 3, delivered: 3 }]);
  });
});

describe("refusals change nothing", () => {
  test("options that cannot be", async () => {
    const [sink, other] = [deliveringSink(), deliveringSink()];
    const { pipeline } = build({ outputs: [{ name: "a", sink, batch: AT_ONCE }] });
    const bad = withOutputs({ name: "a", sink, minSeverity: 24 }, { name: "b", sink: other, queue: { maxCount: -1 } });
    await expect(pipeline.reconfigure(bad)).rejects.toMatchObject({ code: "PLB_OUTPUT_OPTIONS_INVALID" });
    pipeline.emit({ name: "1" });
    await settlePromises();
    expect(sink.handed).toEqual(["1"]);
    expect(sink.closes).toBe(0);
  });

  test("a sink under another name: its account would begin anew", async () => {
    const sink = deliveringSink();
    const { pipeline } = build({ outputs: [{ name: "a", sink }] });
    await expect(pipeline.reconfigure(withOutputs({ name: "b", sink }))).rejects.toThrow("its sink was a's");
    expect(sink.closes).toBe(0);
  });

  test("a sink that a reconfiguration is closing already", async () => {
    const sink = new FakeSink();
    const { pipeline } = build({ outputs: [{ name: "a", sink, batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    void pipeline.reconfigure(withOutputs());
    await expect(pipeline.reconfigure(withOutputs({ name: "a", sink }))).rejects.toThrow(
      "removed by an earlier configuration",
    );
  });

  test("after close", async () => {
    const { pipeline } = build();
    await pipeline.close();
    await expect(pipeline.reconfigure(withOutputs())).rejects.toMatchObject({ code: "PLB_PIPELINE_CLOSED" });
  });
});

describe("the journal", () => {
  test("can change: each event is in one of the two, and their accounts are one where they have one name", async () => {
    const [first, second] = [new FakeJournal(), new FakeJournal()];
    const { pipeline } = build({ journal: { journal: first } });
    pipeline.emit({ name: "1" });
    const done = pipeline.reconfigure({ ...withOutputs(), journal: { journal: second } });
    pipeline.emit({ name: "2" });
    await done;
    expect([first.names, second.names]).toEqual([["1"], ["2"]]);
    expect(pipeline.report().outputs).toMatchObject([{ name: "journal", accepted: 2, delivered: 2 }]);
    await pipeline.reconfigure(withOutputs());
    expect(pipeline.report().outputs).toMatchObject([{ name: "journal", accepted: 2, delivered: 2 }]);
  });

  test("that still has something queued when it is replaced is counted until it has not", async () => {
    const [first, second] = [new FakeJournal(), new FakeJournal("other")];
    const { pipeline } = build({ journal: { journal: first } });
    first.ledger.enqueue();
    await pipeline.reconfigure({ ...withOutputs(), journal: { journal: second } });
    first.ledger.take(1);
    first.ledger.deliver(1);
    expect(pipeline.report().outputs).toMatchObject([{ name: "other" }, { name: "journal", delivered: 1 }]);
    await pipeline.reconfigure({ ...withOutputs(), journal: { journal: first } });
    pipeline.emit({});
    expect(pipeline.report().outputs).toMatchObject([
      { name: "journal", accepted: 2, delivered: 2 },
      { name: "other" },
    ]);
  });

  test("that comes back is counted once", async () => {
    const [first, second] = [new FakeJournal(), new FakeJournal()];
    const { pipeline } = build({ journal: { journal: first } });
    for (const journal of [second, first, second, first]) {
      pipeline.emit({});
      await pipeline.reconfigure({ ...withOutputs(), journal: { journal } });
    }
    expect(pipeline.report().outputs).toMatchObject([{ name: "journal", accepted: 4, delivered: 4 }]);
  });
});

test("close shortens the time of outputs that a reconfiguration still drains", async () => {
  const sink = new FakeSink();
  const abort = new AbortController();
  const { pipeline, clock } = build({ outputs: [{ name: "a", sink, abort, batch: AT_ONCE }] });
  pipeline.emit({ name: "1" });
  await settlePromises();
  void pipeline.reconfigure(withOutputs(), { timeoutMs: 60_000 });
  let closed = false;
  void pipeline.close({ timeoutMs: 100 }).then(() => {
    closed = true;
  });
  await clock.advance(100);
  expect([closed, abort.signal.aborted, sink.closes]).toEqual([true, true, 1]);
  expect(pipeline.report().outputs).toMatchObject([{ dropped: { deadline: 1 } }]);
  expect(clock.pending).toBe(0);
});

test("flush includes outputs that a reconfiguration still drains", async () => {
  const sink = new FakeSink();
  const { pipeline } = build({ outputs: [{ name: "a", sink, batch: AT_ONCE }] });
  pipeline.emit({ name: "1" });
  await settlePromises();
  void pipeline.reconfigure(withOutputs());
  let flushed = false;
  void pipeline.flush().then(() => {
    flushed = true;
  });
  await settlePromises();
  expect(flushed).toBe(false);
  sink.call(0).resolve();
  await settlePromises();
  expect(flushed).toBe(true);
});

test("flush includes a journal that a reconfiguration has left, until that has written what it had", async () => {
  const [before, after] = [new FakeJournal(), new FakeJournal("next")];
  const { pipeline } = build({ outputs: [], journal: { journal: before } });
  let write: () => void = () => undefined;
  before.onFlush = () => new Promise((resolve) => (write = resolve));
  pipeline.emit({ name: "1" });
  await pipeline.reconfigure({ ...withOutputs(), journal: { journal: after } });
  const leave = write;
  let flushed = false;
  const flush = pipeline.flush().then(() => (flushed = true));
  await settlePromises();
  expect([before.flushes, after.flushes, flushed]).toEqual([2, 1, false]);
  write();
  leave();
  await flush;
  await pipeline.flush();
  expect([before.flushes, after.flushes]).toEqual([2, 2]);
});
