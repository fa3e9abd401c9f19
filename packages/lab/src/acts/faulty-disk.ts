import { setTimeout as sleep } from "node:timers/promises";
import { createNodeFileDriver } from "@plumbline/file";
import type { Tell } from "../channel.ts";
import type { OpenOptions } from "../contender.ts";
import { openFileSink } from "../contenders/plumbline-file.ts";
import { createFaultyDriver } from "../disks/faulty.ts";
import type { FaultyDiskAct } from "../job.ts";
import { createRandom } from "../random.ts";
import { Emitter } from "./emitter.ts";

const LOOKS = 4000;
const LOOK_EVERY_MS = 25;

/** Writes while the disk misbehaves. When it has calmed down, all must settle by itself. */
export async function faultyDisk(open: OpenOptions, act: FaultyDiskAct, tell: Tell): Promise<void> {
  const random = createRandom(act.seed);
  let isCalm = true;
  const driver = createFaultyDriver(createNodeFileDriver(), {
    random,
    failures: random.pick([0, 0.05, 0.3]),
    shortWrites: random.pick([0, 0.2, 0.6]),
    maxDelayMs: random.pick([0, 2, 15]),
    isCalm: () => isCalm,
  });
  const sink = await openFileSink(open, act.durability, driver);
  tell({ type: "ready" });
  isCalm = false;
  const emitter = new Emitter(sink, act.writer, act.mix, tell);
  while (emitter.count < act.count) {
    for (let burst = random.int(1, 200); burst > 0 && emitter.count < act.count; burst--) void emitter.emit();
    await sleep(random.int(0, 4));
  }
  isCalm = true;
  for (let look = 0; look < LOOKS && sink.isSettled?.() === false; look++) await sleep(LOOK_EVERY_MS);
  await sink.close();
  emitter.tellAll();
  emitter.tellDropped();
}
