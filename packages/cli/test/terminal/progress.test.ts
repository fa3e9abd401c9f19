import { Writable } from "node:stream";
import type { Clock } from "@plumbline/core";
import { expect, test } from "vitest";
import { Output } from "../../src/terminal/output.ts";
import { Progress } from "../../src/terminal/progress.ts";

function setup(isTerminal: boolean): { progress: Progress; written: () => string; fire: () => void; timers: () => number } {
  let text = "";
  const pending = new Set<() => void>();
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const clock: Clock = {
    nowMicros: () => 0,
    monotonicMs: () => 0,
    setTimer: (callback) => {
      pending.add(callback);
      return { cancel: () => pending.delete(callback) };
    },
  };
  return {
    progress: new Progress(new Output(stream, isTerminal), clock),
    written: () => text,
    fire: () => {
      const due = [...pending];
      pending.clear();
      for (const callback of due) callback();
    },
    timers: () => pending.size,
  };
}

test("draws on its timer and clears after itself", async () => {
  const { progress, written, fire, timers } = setup(true);
  let count = 0;
  progress.watch(() => String(++count));
  expect(written()).toBe("");
  fire();
  fire();
  await progress.clear();
  await progress.clear();
  expect(written()).toBe("\r\u001b[2K1\r\u001b[2K2\r\u001b[2K");
  expect(timers()).toBe(0);
});

test("says nothing about short work", async () => {
  const { progress, written, timers } = setup(true);
  progress.watch(() => "1");
  await progress.clear();
  expect(written()).toBe("");
  expect(timers()).toBe(0);
});

test("says nothing where nobody looks", async () => {
  const { progress, written, timers } = setup(false);
  progress.watch(() => "1");
  expect(timers()).toBe(0);
  await progress.clear();
  expect(written()).toBe("");
});
