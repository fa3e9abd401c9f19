import { isDeepStrictEqual } from "node:util";
import type { JournalConfig } from "../config/config.ts";
import { isJournaled } from "../journaled/journaled-component.ts";
import type { SystemPlan } from "../system-plan.ts";

/** Whether a journal goes on as it is. */
export function isSameJournal(before: JournalConfig, after: JournalConfig): boolean {
  return isDeepStrictEqual(before, after);
}

/**
 * Whether the file has to be given up before the next journal can begin: it is the same file, and somebody reads it, or something changes that belongs to the
 * file and not to who writes to it (rotation, modes, what is synced). Two in one thread may write one file at once, each line whole; so where only
 * the queue before it changes, the next one begins beside the one before. A reader could not tell then where the one ends and the other begins.
 */
export function mustReopen(before: JournalConfig, after: JournalConfig, isRead: boolean): boolean {
  return before.path === after.path && (isRead || !isDeepStrictEqual(ofFile(before), ofFile(after)));
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

/**
 * Where the journal changes, begins or ends together with which sinks it feeds, what is in force between the two changes: the new sinks and the old journal, or, where
 * there was none, the old sinks and the new journal. Only in one and the same journal is there a place at which one reader ends and another begins. `undefined`
 * where one change does.
 */
export function planBetween(before: SystemPlan, after: SystemPlan): SystemPlan | undefined {
  if (isDeepStrictEqual(fedBy(before), fedBy(after))) return undefined;
  const { journal } = before;
  if (journal === undefined) return after.journal && { ...before, journal: after.journal };
  if (after.journal !== undefined && isSameJournal(journal, after.journal)) return undefined;
  return { ...after, journal };
}

function fedBy(plan: SystemPlan): ReadonlySet<string> {
  return new Set(plan.components.flatMap((each) => (each.isWired && isJournaled(plan, each) ? [each.name] : [])));
}
