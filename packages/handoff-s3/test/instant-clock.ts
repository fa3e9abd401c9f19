import { type Clock, createSystemClock } from "@plumbline/core";

/** A clock whose waits are over at the next turn, and which remembers how long they would have been, in milliseconds. */
export function createInstantClock(): Clock & { readonly waits: readonly number[] } {
  const system = createSystemClock();
  const waits: number[] = [];
  return {
    waits,
    nowMicros: () => system.nowMicros(),
    monotonicMs: () => system.monotonicMs(),
    setTimer(callback, delayMs) {
      waits.push(delayMs);
      const turn = setImmediate(callback);
      return { cancel: () => clearImmediate(turn) };
    },
  };
}
