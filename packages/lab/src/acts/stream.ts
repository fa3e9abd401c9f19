import { setImmediate as turn } from "node:timers/promises";
import type { Tell } from "../channel.ts";
import type { Contender, OpenSink } from "../contender.ts";
import type { StreamAct } from "../job.ts";
import { Emitter } from "./emitter.ts";

/**
 * Writes `act.count` events, `act.lanes` at a time, and closes. A sink that acknowledges by a promise gets the next event of
 * a lane when the one before is safe; the others get a burst every turn of the event loop.
 */
export async function stream(sink: OpenSink, contender: Contender, act: StreamAct, tell: Tell): Promise<void> {
  const emitter = new Emitter(sink, act.writer, act.mix, tell);
  if (contender.acknowledges === "promise") await inLanes(emitter, act);
  else await inBursts(emitter, act);
  emitter.tellAll();
  await sink.close();
  emitter.tellDropped();
}

async function inBursts(emitter: Emitter, act: StreamAct): Promise<void> {
  while (emitter.count < act.count) {
    for (let lane = 0; lane < act.lanes && emitter.count < act.count; lane++) void emitter.emit();
    emitter.tellAll();
    await turn();
  }
}

async function inLanes(emitter: Emitter, act: StreamAct): Promise<void> {
  const lane = async (): Promise<void> => {
    while (emitter.count < act.count) await emitter.emit();
  };
  await Promise.all(Array.from({ length: act.lanes }, lane));
}
