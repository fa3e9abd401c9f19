import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { requestAttributes, type Attributes } from "../load/payload.ts";
import { ReceiverChild } from "./child.ts";
import { DIRECT, JOURNALED, PEER, SENDERS, type OpenSender, type Sender } from "./senders.ts";

export const NEAR = "emit → acknowledged";
export const FAR = "throughput, a receiver 10 ms away";

const NEAR_EVENTS = 81_920;
/** What is seldom called, once a batch, is compiled only after some hundred batches: half a second of CPU time that falls into the measured part of one run, and not of another. */
const NEAR_WARM_UP = 2 * NEAR_EVENTS;
const FAR_EVENTS = 61_440;
/** What counts there is the time that goes by. */
const FAR_WARM_UP = 0.4 * FAR_EVENTS;
const FAR_MS = 10;
const FAR_CONCURRENCY = 8;
const NOTE_LENGTH = 60;
const POOL = 1024;
const EVENTS_PER_TURN = 64;
/** The largest batch; a window below two of them would wait for the delay of a batch that is not full. */
const BATCH = 512;
const FLUSH_MS = 60_000;
const WINDOW = 2048;

/** Every sender with no more events on their way than the one that drops first can hold; and each as wide as it goes, to a receiver that takes its time. */
export const SEND_CELLS: readonly Cell[] = [
  ...SENDERS.map((sender) => {
    const road = { delayMs: 0, concurrency: 1, window: WINDOW };
    return cell(NEAR, sender, { events: NEAR_EVENTS, warmUp: NEAR_WARM_UP }, road);
  }),
  ...[DIRECT, JOURNALED, PEER].map((sender) => {
    const road = { delayMs: FAR_MS, concurrency: FAR_CONCURRENCY, window: sender.window };
    return cell(FAR, sender, { events: FAR_EVENTS, warmUp: FAR_WARM_UP }, road);
  }),
];

/** How many events are sent, and how many before that are not measured. */
interface Load {
  readonly events: number;
  readonly warmUp: number;
}

interface Road {
  readonly delayMs: number;
  readonly concurrency: number;
  readonly window: number;
}

function cell(group: string, sender: Sender, load: Load, road: Road): Cell {
  return { group, name: sender.name, run: (scratch) => send(sender, load, road, scratch) };
}

async function send(sender: Sender, load: Load, road: Road, { directory, scale }: Scratch): Promise<Outcome> {
  const events = inBatches(load.events * scale);
  const warmUp = inBatches(load.warmUp * scale);
  const pool = Array.from({ length: POOL }, (_, n) => ({ ...requestAttributes(n, NOTE_LENGTH), n }));
  await using receiver = await ReceiverChild.start(road.delayMs);
  const open = await sender.open({ url: receiver.url, directory, concurrency: road.concurrency });
  await pump(open, pool, warmUp, road.window);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await pump(open, pool, events, road.window);
  const ms = performance.now() - started;
  const cpu = process.cpuUsage(cpuBefore);
  delay.disable();
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  await open.close(FLUSH_MS);
  const { records } = await receiver.tell("report");
  return {
    figures: {
      nanosPerEvent: (ms * 1e6) / events,
      cpuNanosPerEvent: ((cpu.user + cpu.system) * 1000) / events,
      eventsPerSecond: (events * 1000) / ms,
      stallMaxMillis: delay.max / 1e6,
      stallP99Millis: delay.percentile(99) / 1e6,
      rssMiB,
      lost: warmUp + events - records,
    },
  };
}

/** A count in whole batches, at least two. */
function inBatches(count: number): number {
  return Math.max(2 * BATCH, Math.round(count / BATCH) * BATCH);
}

/** Emits events, never with more of them on their way than the window, until all are acknowledged. */
async function pump(open: OpenSender, pool: readonly Attributes[], events: number, window: number): Promise<void> {
  const { acknowledged } = open;
  const before = acknowledged.count;
  for (let n = 0; n < events;) {
    for (const end = Math.min(n + EVENTS_PER_TURN, events); n < end; n++) open.emit(pool[n % pool.length] ?? {});
    await turn();
    await acknowledged.until(before + n - window + EVENTS_PER_TURN, FLUSH_MS);
  }
  await open.flush(FLUSH_MS);
  await acknowledged.until(before + events, FLUSH_MS);
}
