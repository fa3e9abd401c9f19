import { isDeepStrictEqual } from "node:util";
import type { JournalConfig } from "../config/config.ts";

/** Whether a journal goes on as it is. */
export function isSameJournal(before: JournalConfig, after: JournalConfig): boolean {
  return isDeepStrictEqual(before, after);
}

/**
 * Whether the file has to be given up before the next journal can begin: it is the same file, and something changes that belongs to the
 * file and not to who writes to it (rotation, modes, what is synced). Two in one thread may write one file at once, each line whole; so where only
 * the queue before it changes, the next one begins beside the one before.
 */
export function mustReopen(before: JournalConfig, after: JournalConfig): boolean {
  return before.path === after.path && !isDeepStrictEqual(ofFile(before), ofFile(after));
}

function ofFile(journal: JournalConfig): unknown {
  const {
    durability,
    flushIntervalMs: _,
    maxQueueBytes: __,
    queuePolicy: ___,
    keep: ____,
    rotateOnSighup: _____,
    ...rest
  } = journal;
  return { ...rest, isSynced: durability === "fsynced" };
}
