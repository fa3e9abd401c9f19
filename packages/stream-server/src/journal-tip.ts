import { formatId, type Clock, type Durability } from "@plumbline/core";
import { subscribe, type StreamSource } from "@plumbline/stream";

/**
 * Where the journal ends now: told by its ring in this process, looked up in the files of another one's, and where this run has no event yet. `undefined` for a
 * journal that never had one.
 */
export async function journalTip(
  journal: StreamSource,
  durability: Durability,
  clock: Clock,
): Promise<string | undefined> {
  if (typeof journal === "object" && "ring" in journal) {
    const seq = journal.ring.reached(durability);
    if (seq > 0) return formatId(journal.ring.epoch, seq);
    const onDisk = await tipOnDisk(journal.location, clock);
    // Written, and not of the class yet.
    return onDisk?.startsWith(`${journal.ring.epoch}:`) === true ? formatId(journal.ring.epoch, 0) : onDisk;
  }
  return tipOnDisk(journal, clock);
}

async function tipOnDisk(journal: StreamSource, clock: Clock): Promise<string | undefined> {
  const probe = subscribe(journal, { cursor: "latest", clock, keepAlive: false });
  try {
    await probe.ready();
    return probe.cursor;
  } finally {
    await probe.close();
  }
}
