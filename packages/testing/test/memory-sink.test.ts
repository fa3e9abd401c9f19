import { createPluginInstance, createRegistry, RetryableError } from "@plumbline/core";
import { expect, test } from "vitest";
import { createMemorySink, createTestContext, createTestLines, memorySinkPlugin } from "../src/index.ts";

test("it keeps what it is given, and does as it was told, write by write", async () => {
  const sink = createMemorySink();
  const [one, two, three] = [createTestLines(2), createTestLines(3), createTestLines(1)];
  const planted = new Error("planted");
  sink.answer({ kind: "retry", retryAfterMs: 50 }, { kind: "retry" }, { kind: "fail", error: planted });
  sink.answer({ kind: "reject", rejected: 2, reason: "too old" }, { kind: "deliver" });
  sink.start();
  await expect(sink.write(one)).rejects.toSatisfy(
    (error) => RetryableError.isInstance(error) && error.retryAfterMs === 50,
  );
  await expect(sink.write(one)).rejects.toSatisfy(
    (error) => RetryableError.isInstance(error) && error.retryAfterMs === undefined,
  );
  await expect(sink.write(one)).rejects.toBe(planted);
  expect(await sink.write(two)).toEqual({ rejected: 2, reason: "too old" });
  expect(await sink.write(one)).toBeUndefined();
  expect(await sink.write(three)).toBeUndefined();
  sink.flush();
  sink.close();
  expect(sink.batches).toEqual([two.slice(0, 1), one, three]);
  expect(sink.lines).toEqual([...two.slice(0, 1), ...one, ...three].map((line) => line.line));
  expect(sink.calls).toEqual(["start", "write", "write", "write", "write", "write", "write", "flush", "close"]);
});

test("a write can be held back, and how many were under way is counted", async () => {
  const sink = createMemorySink({ concurrency: 2, signals: ["traces"] });
  expect([sink.concurrency, sink.signals]).toEqual([2, ["traces"]]);
  let release: () => void = () => undefined;
  sink.answer({ kind: "wait", until: new Promise<void>((resolve) => (release = resolve)) });
  const batch = createTestLines(2);
  const held = sink.write(batch);
  const lines = batch.map((line) => line.line);
  await sink.write(createTestLines(1, { firstSeq: 9 }));
  expect([sink.lines.length, sink.mostUnderWay]).toEqual([1, 2]);
  release();
  await held;
  expect(sink.lines.slice(1)).toEqual(lines);
  sink.answer({ kind: "wait", until: Promise.reject(new Error("planted")) });
  await expect(sink.write(batch)).rejects.toThrow("planted");
});

test("it refuses to refuse more than there is", async () => {
  const sink = createMemorySink();
  sink.answer({ kind: "reject", rejected: 3, reason: "r" }, { kind: "reject", rejected: 0, reason: "r" });
  await expect(sink.write(createTestLines(2))).rejects.toMatchObject({ code: "PLB_TESTING_ANSWER_INVALID" });
  await expect(sink.write(createTestLines(2))).rejects.toMatchObject({ code: "PLB_TESTING_ANSWER_INVALID" });
});

test("its plugin is taken by a registry and gives it", () => {
  const sink = createMemorySink();
  const plugin = memorySinkPlugin(sink);
  createRegistry().add(plugin, "test");
  expect(createPluginInstance(plugin, undefined, createTestContext())).toBe(sink);
});

test("it can be disposed of", async () => {
  const sink = createMemorySink();
  await sink[Symbol.asyncDispose]();
  expect(sink.calls).toEqual(["close"]);
});
