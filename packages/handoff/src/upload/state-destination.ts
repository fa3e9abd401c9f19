import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Destination, errorCode } from "@plumbline/core";
import { writeDurably } from "../directory/durable-files.ts";
import { handoffError } from "../handoff-error.ts";

const FILE_NAME = "destination";

/**
 * Notes what destination a state folder is for, or sees that it is this one: what was delivered to another counts as delivered nowhere else. Rejects with
 * `PLB_HANDOFF_OTHER_DESTINATION`. The folder must be locked.
 */
export async function expectDestination(stateDirectory: string, { identity }: Destination): Promise<void> {
  if (identity === undefined) return;
  const path = join(stateDirectory, FILE_NAME);
  const noted = await readIfThere(path);
  if (noted === undefined) await writeDurably(path, `${identity}\n`, path, 0o600);
  else if (noted !== `${identity}\n`) {
    throw handoffError("PLB_HANDOFF_OTHER_DESTINATION", {
      message: `The state in ${stateDirectory} is of deliveries to ${noted.trim()}, and not to ${identity}.`,
      details: { path, noted: noted.trim(), identity },
    });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
