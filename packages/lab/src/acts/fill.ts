import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tell } from "../channel.ts";
import type { OpenSink } from "../contender.ts";
import type { FillAct } from "../job.ts";
import { Emitter } from "./emitter.ts";

const LOOKS = 200;
const LOOK_EVERY_MS = 50;
/** For sinks that cannot say whether they are done: longer than any of them waits before it tries again. */
const PATIENCE_MS = 1500;
const CLOSE_WITHIN_MS = 3000;
const BURST = 20;

/** Writes more than there is room for, says so, waits for a line on stdin, writes on, and closes when all is settled. */
export async function fill(sink: OpenSink, act: FillAct, tell: Tell): Promise<void> {
  const emitter = new Emitter(sink, act.writer, "small", tell);
  await emit(emitter, act.before);
  tell({ type: "step", name: "filled" });
  await once(process.stdin, "data");
  process.stdin.destroy();
  // What goes on by itself has done so before anything more is written: nobody but the sink's own timer wakes it.
  await settle(sink, emitter);
  await emit(emitter, act.after);
  await settle(sink, emitter);
  await Promise.race([sink.close(), sleep(CLOSE_WITHIN_MS)]);
  emitter.tellAll();
  emitter.tellDropped();
  // A sink that has not got over it may keep the process alive for good.
  process.exit(0);
}

async function emit(emitter: Emitter, count: number): Promise<void> {
  for (const end = emitter.count + count; emitter.count < end;) {
    for (let i = 0; i < BURST && emitter.count < end; i++) void emitter.emit();
    emitter.tellAll();
    await sleep(1);
  }
}

async function settle(sink: OpenSink, emitter: Emitter): Promise<void> {
  const isSettled = (): boolean => sink.isSettled?.() ?? emitter.pending === 0;
  for (let look = 0; look < LOOKS && !isSettled(); look++) await sleep(LOOK_EVERY_MS);
  if (sink.isSettled === undefined) await sleep(PATIENCE_MS);
}
