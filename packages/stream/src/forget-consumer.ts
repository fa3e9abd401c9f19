import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { formatConsumerFileName, formatHoldName } from "@plumbline/jsonl";

/**
 * Removes the cursor of a consumer that has everything it was to have, and its hold on retention: should it come back, it is a new one. Not while a
 * delivery of that name runs. Rejects as `node:fs` does.
 */
export async function forgetConsumer({ directory, stem }: JournalLocation, consumer: string): Promise<void> {
  const names = [formatConsumerFileName(stem, "cursor", consumer), formatHoldName(stem, consumer)];
  for (const name of names) await rm(join(directory, name), { force: true });
}
