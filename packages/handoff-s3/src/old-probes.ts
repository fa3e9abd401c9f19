import { PlumblineError } from "@plumbline/core";
import { abortUpload } from "./multipart-upload.ts";
import type { S3Connection } from "./s3-connection.ts";
import { deleteObject, listObjects } from "./stored-objects.ts";
import { listUploads } from "./upload-records.ts";

/** So old is nothing that a start has under way. */
const OLD_MS = 3_600_000;

/** What the keys of probes begin with. */
export function probePrefix(staging: string): string {
  return `${staging}.probe-`;
}

/** Removes what starts have left that were cut, objects and uploads: an hour old, both times by the server's clock. What it refuses to tell or remove stays. */
export async function removeOldProbes(connection: S3Connection, staging: string, nowMs: number): Promise<void> {
  const prefix = probePrefix(staging);
  const isOld = (thenMs: number | undefined): boolean => (thenMs ?? nowMs) < nowMs - OLD_MS;
  await unlessRefused(async () => {
    for await (const page of listObjects(connection, prefix)) {
      for (const { key, modifiedMs } of page) if (isOld(modifiedMs)) await deleteObject(connection, key);
    }
  });
  await unlessRefused(async () => {
    for (const { key, id, initiatedMs } of await listUploads(connection, prefix)) {
      if (isOld(initiatedMs)) await abortUpload(connection, key, id);
    }
  });
}

async function unlessRefused(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!PlumblineError.isInstance(error)) throw error;
  }
}
