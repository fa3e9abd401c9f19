import { setTimeout as sleep } from "node:timers/promises";
import { createNodeFileDriver } from "@plumbline/file";
import type { Tell } from "../channel.ts";
import type { OpenOptions } from "../contender.ts";
import { openFileSink } from "../contenders/plumbline-file.ts";
import type { StallAct } from "../job.ts";
import { Emitter } from "./emitter.ts";

const TICK_MS = 5;
const LOOKS = 4000;
const LOOK_EVERY_MS = 25;
const MIB = 2 ** 20;
const WARM_UP_MS = 4000;

/** Hands events over at a fixed rate while no write comes back; then the disk wakes, and all must settle. */
export async function stall(open: OpenOptions, act: StallAct, tell: Tell): Promise<void> {
  const base = createNodeFileDriver();
  let isStalled = false;
  const held: (() => void)[] = [];
  const sink = await openFileSink(open, "buffered", {
    ...base,
    write(...call): void {
      if (isStalled) held.push(() => base.write(...call));
      else base.write(...call);
    },
  });
  tell({ type: "ready" });
  const emitter = new Emitter(sink, act.writer, "bare", tell);
  // What the load itself takes, with a disk that answers, is not the stall's.
  const before = await emitFor(WARM_UP_MS, emitter, act.eventsPerSecond);
  isStalled = true;
  const peak = await emitFor(act.stalledMs, emitter, act.eventsPerSecond);
  tell({ type: "figure", name: "growthMiB", value: (peak - before) / MIB });
  isStalled = false;
  for (const write of held.splice(0)) write();
  for (let look = 0; look < LOOKS && sink.isSettled?.() === false; look++) await sleep(LOOK_EVERY_MS);
  await sink.close();
  emitter.tellAll();
  emitter.tellDropped();
}

/** Emits at the rate for so long; the most memory that the process had meanwhile, in bytes. */
async function emitFor(milliseconds: number, emitter: Emitter, eventsPerSecond: number): Promise<number> {
  const started = performance.now();
  const first = emitter.count;
  let peak = 0;
  for (let spent = 0; spent < milliseconds; spent = performance.now() - started) {
    const due = first + Math.floor((spent * eventsPerSecond) / 1000);
    while (emitter.count < due) void emitter.emit();
    peak = Math.max(peak, process.memoryUsage.rss());
    await sleep(TICK_MS);
  }
  return peak;
}
