import { describe, expect, test } from "vitest";
import type { OutputOptions } from "../../src/pipeline/output-options.ts";
import type { PipelineConfiguration } from "../../src/pipeline/pipeline.ts";
import { settlePromises } from "../fake-clock.ts";
import { deliveringSink, expectAccounted, FakeSink, FakeWriter } from "../fake-parts.ts";
import { build } from "./build.ts";

const AT_ONCE = { maxDelayMs: 0 };
const writer = new FakeWriter();

describe("an output whose sink is released", () => {
  test("waits for what is in flight, closes the sink, keeps its queue, and goes on with another in order", async () => {
    const [before, after] = [new FakeSink(), deliveringSink()];
    const { pipeline } = build({ outputs: [{ name: "a", sink: before, batch: { ...AT_ONCE, maxCount: 1 } }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    pipeline.emit({ name: "2" });
    let released = false;
    void pipeline.release("a").then(() => {
      released = true;
    });
    pipeline.emit({ name: "3" });
    await settlePromises();
    expect([released, before.closes, before.calls.length]).toEqual([false, 0, 1]);
    before.call(0).resolve();
    await settlePromises();
    expect([released, before.closes, before.calls.length]).toEqual([true, 1, 1]);
    pipeline.emit({ name: "4" });
    expectAccounted(pipeline.report());
    expect(pipeline.report().outputs[0]).toMatchObject({ delivered: 1, queued: 3, inFlight: 0 });
    pipeline.resume("a", after);
    await settlePromises();
    expect(after.handed).toEqual(["2", "3", "4"]);
    expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 4, delivered: 4, redelivered: 0 });
  });

  test("what did not settle by the deadline goes to the next sink, as an unknown outcome; unless it settles first", async () => {
    for (const settlesFirst of [false, true]) {
      const [before, after] = [new FakeSink(), deliveringSink()];
      const { pipeline, clock } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
      pipeline.emit({ name: "1" });
      await settlePromises();
      let released = false;
      void pipeline.release("a", { timeoutMs: 100 }).then(() => {
        released = true;
      });
      await clock.advance(100);
      await settlePromises();
      expect(released).toBe(true);
      expect(pipeline.report().outputs[0]).toMatchObject({ queued: 1, inFlight: 0 });
      if (settlesFirst) before.call(0).resolve();
      await settlePromises();
      pipeline.resume("a", after);
      await settlePromises();
      if (!settlesFirst) before.call(0).resolve();
      await settlePromises();
      expect(after.handed).toEqual(settlesFirst ? [] : ["1"]);
      expect(pipeline.report().outputs[0]).toMatchObject({ delivered: 1, redelivered: settlesFirst ? 0 : 1 });
      expectAccounted(pipeline.report());
    }
  });

  test("in a pause after a failure it does not wait for its end; the pause is not the next sink's", async () => {
    const [before, after] = [new FakeSink(), deliveringSink()];
    const { pipeline } = build({
      outputs: [{ name: "a", sink: before, batch: AT_ONCE, retry: { initialMs: 60_000, maxMs: 60_000 } }],
    });
    before.auto = (call) =>
      call.reject(Object.assign(new Error("down"), { [Symbol.for("plumbline.retryable")]: true }));
    pipeline.emit({ name: "1" });
    await settlePromises();
    await pipeline.release("a");
    pipeline.emit({ name: "2" });
    pipeline.resume("a", after);
    await settlePromises();
    expect(after.handed.at(-1)).toBe("2");
    expectAccounted(pipeline.report());
  });

  test("a flush meanwhile waits for the next sink", async () => {
    const [before, after] = [deliveringSink(), deliveringSink()];
    const { pipeline } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
    await pipeline.release("a");
    pipeline.emit({ name: "1" });
    let flushed = false;
    void pipeline.flush().then(() => {
      flushed = true;
    });
    await settlePromises();
    expect(flushed).toBe(false);
    pipeline.resume("a", after);
    await settlePromises();
    expect([flushed, after.handed]).toEqual([true, ["1"]]);
  });

  test("that is replaced hands its queue on through the sink of its namesake, then of one with the same claim, before that one's own", async () => {
    for (const [name, other] of [
      ["a", "b"],
      ["c", "b"],
    ] as const) {
      const [before, after, bystander] = [new FakeSink(), new FakeSink(), deliveringSink()];
      before.exclusive = ["tcp:1"];
      after.exclusive = ["tcp:1"];
      if (name === "a") bystander.exclusive = ["tcp:1"];
      const { pipeline } = build({ outputs: [{ name: "a", sink: before, batch: AT_ONCE }] });
      await pipeline.release("a");
      pipeline.emit({ name: "1" });
      // The bystander stands first, and claims the same where the other is the namesake.
      const outputs = [
        { name: other, sink: bystander, batch: AT_ONCE },
        { name, sink: after, batch: AT_ONCE },
      ];
      const done = pipeline.reconfigure({ writer, processors: [], outputs });
      pipeline.emit({ name: "2" });
      await settlePromises();
      expect(after.calls.map(({ names }) => names)).toEqual([["1"]]);
      after.auto = (call) => call.resolve();
      after.call(0).resolve();
      await done;
      await settlePromises();
      expect(after.calls.map(({ names }) => names)).toEqual([["1"], ["2"]]);
      expect([before.closes, after.closes]).toEqual([1, 0]);
      expect(bystander.handed).toEqual(["2"]);
      expectAccounted(pipeline.report());
    }
  });

  test("goes on through whoever holds what it held, where its namesake holds something else: two that swap", async () => {
    const [oldA, oldB, newA, newB] = [deliveringSink(), deliveringSink(), deliveringSink(), deliveringSink()];
    [oldA.exclusive, oldB.exclusive] = [["file:1"], ["file:2"]];
    [newA.exclusive, newB.exclusive] = [["file:2"], ["file:1"]];
    const outputs = (a: FakeSink, b: FakeSink): OutputOptions[] => [
      { name: "a", sink: a, batch: AT_ONCE },
      { name: "b", sink: b, batch: AT_ONCE },
    ];
    const { pipeline } = build({ outputs: outputs(oldA, oldB) });
    await pipeline.release("a");
    await pipeline.release("b");
    pipeline.emit({ name: "before" });
    const done = pipeline.reconfigure({ writer, processors: [], outputs: outputs(newA, newB) });
    pipeline.emit({ name: "after" });
    await done;
    await settlePromises();
    expect([newA.handed, newB.handed]).toEqual([
      ["before", "after"],
      ["before", "after"],
    ]);
    expect([newA.mostActive, newB.mostActive]).toEqual([1, 1]);
    expectAccounted(pipeline.report());
  });

  test.each(["removed", "released", "released in vain"])(
    "goes on after the output whose sink it borrows is %s itself",
    async (fate) => {
      const [first, second, third] = [deliveringSink(), new FakeSink(), deliveringSink()];
      for (const sink of [first, second, third]) sink.exclusive = ["file:1"];
      const configuration = (name: string, sink: FakeSink): PipelineConfiguration => {
        return { writer, processors: [], outputs: [{ name, sink, batch: { ...AT_ONCE, maxCount: 1 } }] };
      };
      const { pipeline } = build(configuration("a", first));
      await pipeline.release("a");
      for (const name of ["1", "2"]) pipeline.emit({ name });
      void pipeline.reconfigure(configuration("b", second));
      pipeline.emit({ name: "3" });
      await settlePromises();
      expect(second.handed).toEqual(["1"]);
      const isReleased = fate !== "removed";
      let released = false;
      if (isReleased) void pipeline.release("b").then(() => (released = true));
      let done: Promise<void> | undefined;
      if (!isReleased) done = pipeline.reconfigure({ writer, processors: [], outputs: [] });
      await settlePromises();
      // What is in flight through it is waited for.
      expect([second.closes, released]).toEqual([0, false]);
      if (!isReleased) second.auto = (call) => call.resolve();
      second.call(0).resolve();
      await settlePromises();
      expect([second.closes, released]).toEqual([1, isReleased]);
      if (fate === "released") done = pipeline.reconfigure(configuration("c", third));
      if (fate === "released in vain") {
        pipeline.substitute("b", third);
        await settlePromises();
        expect(third.handed).toEqual([]);
        pipeline.resume("b", third);
      }
      await done;
      await settlePromises();
      expect([...second.handed, ...third.handed]).toEqual(["1", "2", "3"]);
      expect(third.mostActive).toBe(isReleased ? 1 : 0);
      const report = pipeline.report();
      expectAccounted(report);
      expect(report.outputs.map(({ delivered, queued, inFlight }) => delivered + queued + inFlight)).toEqual(
        report.outputs.map(({ delivered }) => delivered),
      );
    },
  );

  test("gives up what it has, and first what those before it have that borrow its sink; who waits for a line of these is let go", async () => {
    const configuration = (sink: FakeSink): PipelineConfiguration => {
      sink.exclusive = ["file:1"];
      return { writer, processors: [], outputs: [{ name: "a", sink, batch: { ...AT_ONCE, maxCount: 1 } }] };
    };
    const [first, second, third] = [deliveringSink(), new FakeSink(), new FakeSink()];
    const { pipeline, clock } = build(configuration(first));
    const release = async (): Promise<void> => {
      const released = pipeline.release("a", { timeoutMs: 1 });
      await clock.advance(1);
      await released;
    };
    await release();
    let admitted: unknown = "not yet";
    pipeline.emit({ name: "1" });
    void pipeline.emitAsync({ name: "2" }).then(
      () => (admitted = "settled"),
      (error: unknown) => (admitted = error),
    );
    const changes = [pipeline.reconfigure(configuration(second))];
    pipeline.emit({ name: "3" });
    await settlePromises();
    await release();
    changes.push(pipeline.reconfigure(configuration(third)));
    pipeline.emit({ name: "4" });
    await settlePromises();
    await release();
    const lines = pipeline.output("a")?.withdraw() ?? [];
    expect(lines.map(({ name }) => name)).toEqual(["1", "2", "3", "4"]);
    expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 0, queued: 0, dropped: {} });
    changes.push(pipeline.reconfigure({ writer, processors: [], outputs: [] }));
    await Promise.all(changes);
    expect(admitted).toBe("settled");
    expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 0, queued: 0, delivered: 0, dropped: {} });
    expectAccounted(pipeline.report());
  });

  test("early, and another with it: whoever holds next what both held hands on the one's, then the other's, then its own", async () => {
    const [first, second, third] = [new FakeSink(), new FakeSink(), deliveringSink()];
    [first.exclusive, second.exclusive, third.exclusive] = [["file:1"], ["file:2"], ["file:1", "file:2"]];
    const configuration = (...outputs: OutputOptions[]): PipelineConfiguration => ({ writer, processors: [], outputs });
    const { pipeline, clock } = build({
      outputs: [
        { name: "a", sink: first, batch: AT_ONCE },
        { name: "b", sink: second, batch: AT_ONCE, minSeverity: 17 },
      ],
    });
    pipeline.emit({ name: "1" });
    pipeline.emit({ name: "2", severity: 17 });
    await settlePromises();
    const done = pipeline.reconfigure(configuration());
    const released = pipeline.releaseLeaving(["file:1", "file:2"], { timeoutMs: 1 });
    await clock.advance(1);
    await released;
    expect([first.closes, second.closes]).toEqual([1, 1]);
    void pipeline.reconfigure(configuration({ name: "c", sink: third, batch: AT_ONCE }));
    pipeline.emit({ name: "3" });
    await done;
    await settlePromises();
    expect(third.handed).toEqual(["1", "2", "2", "3"]);
    expect(third.mostActive).toBe(1);
    expect(pipeline.report().outputs.map(({ dropped }) => dropped)).toEqual([{}, {}, {}]);
    expectAccounted(pipeline.report());
  });

  test("that nobody comes after drops what it has, counted", async () => {
    const { pipeline } = build({ outputs: [{ name: "a", sink: deliveringSink(), batch: AT_ONCE }] });
    await pipeline.release("a");
    pipeline.emit({ name: "1" });
    await pipeline.reconfigure({ writer, processors: [], outputs: [] });
    expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 1, dropped: { deadline: 1 } });
  });

  test("is given up at close like any other", async () => {
    const { pipeline, clock } = build({ outputs: [{ name: "a", sink: deliveringSink(), batch: AT_ONCE }] });
    await pipeline.release("a");
    pipeline.emit({ name: "1" });
    const closed = pipeline.close({ timeoutMs: 100 });
    await clock.advance(100);
    await closed;
    expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 1, dropped: { deadline: 1 } });
    expect(clock.pending).toBe(0);
  });

  test("waits no longer for what is in flight once a close has dropped that", async () => {
    const { pipeline, clock } = build({ outputs: [{ name: "a", sink: new FakeSink(), batch: AT_ONCE }] });
    pipeline.emit({ name: "1" });
    await settlePromises();
    let released = false;
    void pipeline.release("a", { timeoutMs: 60_000 }).then(() => {
      released = true;
    });
    void pipeline.close({ timeoutMs: 100 });
    await clock.advance(100);
    await settlePromises();
    expect(released).toBe(true);
    expect(pipeline.report().outputs[0]).toMatchObject({ dropped: { deadline: 1 }, inFlight: 0, queued: 0 });
  });

  test("does nothing for a name that nobody has, and its closed sink cannot be wired again", async () => {
    const sink = deliveringSink();
    const { pipeline } = build({ outputs: [{ name: "a", sink, batch: AT_ONCE }] });
    await pipeline.release("b");
    pipeline.resume("b", sink);
    await pipeline.release("a");
    const again = { writer, processors: [], outputs: [{ name: "a", sink, batch: AT_ONCE }] };
    // As it is, released, it may stay.
    await pipeline.reconfigure(again);
    pipeline.emit({ name: "1" });
    await settlePromises();
    expect(sink.handed).toEqual([]);
    const next = deliveringSink();
    pipeline.substitute("a", next);
    expect(() => pipeline.check(again)).toThrow("closed");
    await pipeline.reconfigure({ writer, processors: [], outputs: [{ name: "a", sink: next, batch: AT_ONCE }] });
    await settlePromises();
    expect(next.handed).toEqual([]);
    pipeline.resume("a", next);
    await settlePromises();
    expect(next.handed).toEqual(["1"]);
  });
});

test("what is emitted after the intake has ended is refused at once, but what sources still bring", async () => {
  const sink = deliveringSink();
  const { pipeline } = build({ outputs: [{ name: "a", sink, batch: AT_ONCE }] });
  pipeline.emit({ name: "1" });
  const late = pipeline.endIntake();
  pipeline.emit({ name: "2" });
  late({ name: "3" });
  expect(pipeline.isEnabled(21)).toBe(false);
  await expect(pipeline.emitAsync({ name: "4" })).rejects.toMatchObject({ code: "PLB_EVENT_DROPPED" });
  await pipeline.close();
  late({ name: "5" });
  expect(sink.handed).toEqual(["1", "3"]);
  expect(pipeline.report().outputs[0]).toMatchObject({ accepted: 5, delivered: 2, dropped: { closed: 3 } });
});
