import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Class, Contender } from "../contenders/contender.ts";
import type { Outcome, Scratch } from "../frame/bench.ts";
import type { Load } from "./loads.ts";
import { inspect, LineCounter } from "./oracle.ts";
import type { Payload } from "./payload.ts";
import { Timing } from "./timing.ts";

/** One contender logging to one file under one load. */
export interface LogToFile {
  readonly contender: Contender;
  readonly durability: Class;
  readonly payload: Payload;
  /** Events of the run for times and memory; fewer where the contender is slow, in the other runs too, but for a paced load. */
  readonly events: number;
  /** Events before it: as many as the engine needs until it has compiled what it will, for a service runs for days. */
  readonly warmUpEvents: number;
  /** Events of the run in which every call is timed. */
  readonly timedEvents: number;
  readonly load: Load;
  /** Paced loads have a rhythm of their own: how long they take says nothing, and the calls are timed in the same pass. */
  readonly isPaced: boolean;
  readonly warmUp: Load;
}

const LOOK_MS = 2;
/** Lines that have not come at so many looks do not come. Not a time: while a machine stands still, none can come. */
const MAX_QUIET_LOOKS = 250;
const MIN_EVENTS = 5;

/**
 * How many parts the warm-up has of each kind: without and with every call timed, as the measured runs come, for code that was compiled into a loop is
 * thrown away with the loop when that goes another way for the first time, and the logger would be measured while it is interpreted. Each part opens the
 * logger anew, as the measured runs do: code that was compiled for the objects of one logger alone is thrown away when the next one is opened, and a
 * service opens its logger once.
 */
const WARM_UP_PARTS = 2;
/** A smaller part of the work, as in a smoke test, compiles nothing: it is logged at once. */
const MIN_PARTED_SCALE = 0.05;

/**
 * Warms up, logs once as it is for times and memory, and once more with every call timed. A time ends when every line can be
 * read back from the file, not when the last call returned. All that was measured goes through the oracle.
 */
export async function logToFile(what: LogToFile, { directory, scale }: Scratch): Promise<Outcome> {
  const { contender, payload, load, isPaced } = what;
  const part = (count: number, slowness = contender.slowness ?? 1): number =>
    Math.max(MIN_EVENTS, Math.round((count * scale) / slowness));
  // A rhythm is the same for all: a burst of a thirtieth would be no burst.
  const events = part(what.events, isPaced ? 1 : undefined);
  const [warmUpEvents, timedEvents] = [part(what.warmUpEvents), part(what.timedEvents)];
  const most = Math.max(events, warmUpEvents, timedEvents);
  const inputs = Array.from({ length: most }, (_, index) => payload.attributes(index));
  const run = async (path: string, which: Load, count: number, timing: Timing | undefined): Promise<number> => {
    const given = count === most ? inputs : inputs.slice(0, count);
    const logger = await contender.open(path, what.durability);
    const started = performance.now();
    await which(logger, given, timing);
    await logger.close();
    return (await whenReadable(path, count)) - started;
  };
  const isParted = scale >= MIN_PARTED_SCALE;
  const partEvents = isParted ? Math.max(MIN_EVENTS, Math.round(warmUpEvents / (2 * WARM_UP_PARTS))) : warmUpEvents;
  const warmUp = (name: string, which: Load, count: number, thrownAway?: Timing): Promise<number> =>
    run(join(directory, `warm-up-${name}.jsonl`), which, count, thrownAway);
  for (let index = 0; index < (isParted ? WARM_UP_PARTS : 1); index++)
    await warmUp(`${index}`, what.warmUp, partEvents);
  // In the rhythm of the measured runs.
  const timedPart = isPaced ? events : partEvents;
  for (let index = 0; index < (isParted ? WARM_UP_PARTS : 0); index++)
    await warmUp(`timed-${index}`, load, timedPart, new Timing(timedPart));
  const timing = new Timing(isPaced ? events : timedEvents);
  const path = join(directory, "measured.jsonl");
  const cpuBefore = process.cpuUsage();
  const milliseconds = await run(path, load, events, isPaced ? timing : undefined);
  const cpu = process.cpuUsage(cpuBefore);
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  const corruption = inspect(path, events);
  if (!isPaced) await run(join(directory, "timed.jsonl"), load, timedEvents, timing);
  return {
    figures: {
      ...(isPaced ? {} : { nanosPerLine: (milliseconds * 1e6) / events }),
      cpuNanosPerLine: ((cpu.user + cpu.system) * 1000) / events,
      rssMiB,
      ...timing.figures(),
      events,
      ...corruption,
    },
  };
}

/**
 * When every line could be read: a logger may say that it is closed before its lines are in the file. Where lines are lost,
 * when the last one came.
 */
async function whenReadable(path: string, lines: number): Promise<number> {
  const counter = new LineCounter(path);
  let since = performance.now();
  let seen = -1;
  for (let quiet = 0; ; quiet++) {
    const now = performance.now();
    const count = counter.look();
    if (count > seen) [since, quiet] = [now, 0];
    if (count >= lines || quiet > MAX_QUIET_LOOKS) return since;
    seen = count;
    await sleep(LOOK_MS);
  }
}
