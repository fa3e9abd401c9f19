import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { createFileSink, type FileSink } from "@plumbline/file";
import { journalPath, recordOf } from "./journal-lines.ts";

const PER_TURN = 64;
const TICK_MS = 1;
const QUIET = { info: ignore, warn: ignore, error: ignore } as const;

function ignore(): undefined {
  return undefined;
}

/** The journal of a cell, as a service has it. */
export async function openJournal(directory: string): Promise<FileSink> {
  const journal = createFileSink({ path: journalPath(directory), diagnostics: QUIET });
  await journal.start();
  return journal;
}

/** Appends the events `first` to `last` as fast as they are written. */
export async function appendTightly(journal: FileSink, first: number, last: number): Promise<void> {
  for (let n = first; n <= last; n += PER_TURN) {
    const end = Math.min(last, n + PER_TURN - 1);
    for (let next = n; next < end; next++) journal.append(recordOf(next));
    await journal.appendAsync(recordOf(end));
  }
}

/** Gives the events `first` to `last` out as fast as the event loop turns. */
export async function giveTightly(
  first: number,
  last: number,
  give: (n: number) => void,
  isFull: () => boolean,
): Promise<void> {
  for (let n = first; n <= last; n++) {
    give(n);
    if (n % PER_TURN !== 0) continue;
    await turn();
    while (isFull()) await sleep(TICK_MS);
  }
}

/** Gives events out at a rate, each when it is due, beginning with `first`, until `isOver`; says which was the last. */
export async function giveAtRate(
  first: number,
  perSecond: number,
  give: (n: number) => void,
  isOver: (n: number) => boolean,
): Promise<number> {
  const started = performance.now();
  for (let n = first; ;) {
    const due = first + Math.floor(((performance.now() - started) * perSecond) / 1000);
    for (; n < due && !isOver(n); n++) give(n);
    if (isOver(n)) return n - 1;
    await sleep(TICK_MS);
  }
}
