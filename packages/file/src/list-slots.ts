import { dirname } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { journalLocation, listJournals, listSegments, parseSlotStem } from "@plumbline/jsonl";
import { fromSystem, systemCode } from "./system-error.ts";
import { createHostIdentity } from "./host-identity.ts";
import { createNodeFileDriver } from "./node-file-driver.ts";
import { isOwned } from "./ownership.ts";

/** A file that one thread or process writes, among those that asked for the same path. */
export interface SlotState {
  /** 1 for the file itself. */
  readonly slot: number;
  readonly location: JournalLocation;
  /** Whether somebody writes it, as far as can be proved from here. */
  readonly isOwned: boolean;
  /** Sealed segments, and bytes in the file being written: what there is for consumers. */
  readonly segments: number;
  readonly activeBytes: number;
}

/**
 * The slots of a path, in order, and which of them are free: what a crash or an earlier run has left. Looks at them without
 * taking any; a folder that is not there has none. Rejects with `PLB_FILE_OPEN_FAILED` or `PLB_FILE_NO_ACCESS` when it cannot
 * be read.
 */
export async function listSlots(path: string): Promise<readonly SlotState[]> {
  const driver = createNodeFileDriver();
  const host = createHostIdentity();
  const { stem } = journalLocation(path);
  try {
    const slots: SlotState[] = [];
    for (const location of await listJournals(dirname(journalLocation(path).path))) {
      const named = parseSlotStem(location.stem);
      const isItself = location.stem === stem;
      if (!isItself && named.stem !== stem) continue;
      const { segments } = await listSegments(location);
      slots.push({
        slot: isItself ? 1 : named.slot,
        location,
        isOwned: await isOwned(location, driver, host),
        segments: segments.length,
        activeBytes: (await driver.facts(location.path))?.size ?? 0,
      });
    }
    return slots.sort((a, b) => a.slot - b.slot);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw fromSystem(error, "PLB_FILE_OPEN_FAILED", path);
  }
}
