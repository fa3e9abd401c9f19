import { Writable } from "node:stream";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { Output } from "../../src/terminal/output.ts";
import { Progress } from "../../src/terminal/progress.ts";

function setup(isTerminal: boolean): { progress: Progress; written: () => string; clock: FakeClock } {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const clock = createFakeClock();
  return { progress: new Progress(new Output(stream, isTerminal), clock), written: () => text, clock };
}

test("draws ten times a second and clears after itself", async () => {
  const { progress, written, clock } = setup(true);
  let count = 0;
  progress.watch(() => String(++count));
  expect(written()).toBe("");
  await clock.advance(250);
  await progress.clear();
  await progress.clear();
  expect(written()).toBe("\r\u001b[2K1\r\u001b[2K2\r\u001b[2K");
  expect(clock.pendingTimers).toBe(0);
});

test("says nothing about short work", async () => {
  const { progress, written, clock } = setup(true);
  progress.watch(() => "1");
  await progress.clear();
  expect(written()).toBe("");
  expect(clock.pendingTimers).toBe(0);
});

test("says nothing where nobody looks", async () => {
  const { progress, written, clock } = setup(false);
  progress.watch(() => "1");
  await clock.advance(1000);
  await progress.clear();
  expect(written()).toBe("");
});
