import type { FileSink } from "@plumbline/file";
import { JOURNAL_NAME } from "./config/config.ts";
import { closeOne, type StartHost } from "./start-in-order.ts";

/** How long the journal may take beyond the deadline to give its file up, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

/** Closes the journal: what cannot be written by the deadline is given up. Never rejects. */
export async function closeJournal(journal: FileSink, { timeoutMs, ...host }: StartHost): Promise<void> {
  const deadline = new AbortController();
  const timer = host.clock.setTimer(() => deadline.abort(), timeoutMs);
  await closeOne(
    { path: JOURNAL_NAME, close: () => journal.close({ signal: deadline.signal }) },
    { ...host, timeoutMs: timeoutMs + CLOSE_GRACE_MS },
  );
  timer.cancel();
}
