import { formatId, type Clock, type Durability } from "@plumbline/core";
import { subscribe, type StreamSource } from "@plumbline/stream";

/** Where the journal ends now: told by its ring in this process, looked up in the files of another one's. `undefined` for an empty one. */
export async function journalTip(
  journal: StreamSource,
  durability: Durability,
  clock: Clock,
): Promise<string | undefined> {
  if (typeof journal === "object" && "ring" in journal) {
    const seq = journal.ring.reached(durability);
    return formatId(journal.ring.epoch, seq);
  }
  const probe = subscribe(journal, { cursor: "latest", clock, keepAlive: false });
  try {
    await probe.ready();
    return probe.cursor;
  } finally {
    await probe.close();
  }
}
