import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { OpenLogger } from "../contenders/contender.ts";
import type { Attributes } from "./payload.ts";
import type { Timing } from "./timing.ts";

/** Logs all events in a certain rhythm. With `timing` every call is timed, which costs a little itself. */
export type Load = (logger: OpenLogger, events: readonly Attributes[], timing: Timing | undefined) => Promise<void>;

const EVENTS_PER_TURN = 64;
const TICK_MS = 1;

/** As fast as it goes; the event loop turns after every 64 events, or less if they are large. */
export function tight(eventsPerTurn: number = EVENTS_PER_TURN): Load {
  return async (logger, events, timing) => {
    let turned = performance.now();
    for (let next = 0; next < events.length;) {
      const end = Math.min(next + eventsPerTurn, events.length);
      if (timing === undefined) logThese(logger, events, next, end);
      else logTimed(logger, events, next, end, timing);
      next = end;
      await turn();
      const now = performance.now();
      timing?.stall(now - turned);
      turned = now;
    }
  };
}

/**
 * An open loop: each event is due at an instant of its own, whatever became of those before, and its delay counts from
 * there. `perSecond` events a second, `together` of them at the same instant.
 */
export function scheduled(perSecond: number, together: number): Load {
  return async (logger, events, timing) => {
    const started = performance.now();
    const dueMs = (index: number): number => (Math.floor(index / together) * together * 1000) / perSecond;
    let turned = started;
    const turnedNow = (): number => {
      const now = performance.now();
      timing?.stall(now - turned);
      turned = now;
      return now;
    };
    for (let next = 0; next < events.length;) {
      await sleep(TICK_MS);
      const tick = turnedNow() - started;
      // What becomes due meanwhile is left to the next tick, so that who is late still lets the event loop turn.
      let end = next;
      while (end < events.length && dueMs(end) <= tick) end += 1;
      if (timing === undefined) logThese(logger, events, next, end);
      else logTimed(logger, events, next, end, timing, (index) => started + dueMs(index));
      next = end;
    }
    await turn();
    turnedNow();
  };
}

/**
 * Emitters side by side; each waits until its event has reached the class, and emits the next one in the following turn of
 * the event loop.
 */
export function emitters(count: number): Load {
  return async (logger, events, timing) => {
    let next = 0;
    const state = { working: count };
    const emitter = async (): Promise<void> => {
      while (next < events.length) {
        const event = at(events, next++);
        if (timing === undefined) {
          await logger.logAcknowledged(event);
        } else {
          const started = performance.now();
          const acknowledged = logger.logAcknowledged(event);
          timing.call(performance.now() - started);
          await acknowledged;
          timing.acknowledge(performance.now() - started);
        }
        await turn();
      }
      state.working -= 1;
    };
    const watch = async (): Promise<void> => {
      let turned = performance.now();
      // A spinning loop costs, so it spins only where single calls are timed.
      if (timing === undefined) return;
      while (state.working > 0) {
        await turn();
        const now = performance.now();
        timing.stall(now - turned);
        turned = now;
      }
    };
    await Promise.all([watch(), ...Array.from({ length: count }, emitter)]);
  };
}

// Functions of their own, called once a turn: the engine compiles what is called often as a whole, and a load that is called once in a run only from
// within its loop, after a while. Until then everything that was compiled into that loop would be interpreted, in each run anew.

function logThese(logger: OpenLogger, events: readonly Attributes[], start: number, end: number): void {
  for (let index = start; index < end; index++) logger.log(at(events, index));
}

/** With every call timed, and with how late each event was where it is known when it was due. */
function logTimed(
  logger: OpenLogger,
  events: readonly Attributes[],
  start: number,
  end: number,
  timing: Timing,
  dueAt?: (index: number) => number,
): void {
  for (let index = start; index < end; index++) {
    const called = performance.now();
    logger.log(at(events, index));
    const now = performance.now();
    timing.call(now - called);
    if (dueAt !== undefined) timing.acknowledge(now - dueAt(index));
  }
}

function at(events: readonly Attributes[], index: number): Attributes {
  const event = events[index];
  if (event === undefined) throw new RangeError(`there is no event ${index}`);
  return event;
}
