// Looks again and again for what was handed on to a folder, and tells how often the last round called the file system: node receiver-rounds.mjs FOLDER TO ROUNDS
import { createSystemClock } from "@plumbline/core";
import { callsMade, dieAt } from "./kill-at.mjs";

const [path, to, rounds] = process.argv.slice(2);
await dieAt(Number.NaN);

const POLL_MS = 1234;
const stop = new AbortController();
const system = createSystemClock();
const ends = [];
const clock = {
  nowMicros: () => system.nowMicros(),
  monotonicMs: () => system.monotonicMs(),
  setTimer(callback, delayMs) {
    if (delayMs !== POLL_MS) return system.setTimer(callback, delayMs);
    ends.push(callsMade()); // it waits for the next round, which comes at once
    if (ends.length === Number(rounds)) stop.abort();
    setImmediate(() => callback());
    return { cancel: () => undefined };
  },
};

const { receive } = await import("@plumbline/handoff");
for await (const receipt of receive({ path, to, pollMs: POLL_MS }, stop.signal, clock)) void receipt;
process.stdout.write(`${JSON.stringify({ calls: ends.at(-1) - ends.at(-2) })}\n`);
