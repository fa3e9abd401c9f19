import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Destination, errorCode } from "@plumbline/core";
import { writeDurably } from "../directory/durable-files.ts";
import { handoffError } from "../handoff-error.ts";

const FILE_NAME = "destination";

/**
 * Sees that a state folder is for this destination, where it is known for which: what was delivered to another counts as delivered nowhere else. Rejects with
 * `PLB_HANDOFF_OTHER_DESTINATION`. The folder must be locked.
 */
export async function expectDestination(stateDirectory: string, { identity }: Destination): Promise<void> {
  const path = join(stateDirectory, FILE_NAME);
  const noted = await readIfThere(path);
  if (identity === undefined || noted === undefined || noted === `${identity}\n`) return;
  throw handoffError("PLB_HANDOFF_OTHER_DESTINATION", {
    message: `The state in ${stateDirectory} is of deliveries to ${noted.trim()}, and not to ${identity}.`,
    details: { path, noted: noted.trim(), identity },
  });
}

/** Notes what destination a state folder is for from now on; to be called once that was reached: what only was tried has nothing of it. */
export async function noteDestination(stateDirectory: string, { identity }: Destination): Promise<void> {
  const path = join(stateDirectory, FILE_NAME);
  if (identity === undefined || (await readIfThere(path)) !== undefined) return;
  await writeDurably(path, `${identity}\n`, path, 0o600);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
