import { join } from "node:path";
import type { EventId, JournalLocation } from "@plumbline/core";
import { formatSegmentName, type Packing } from "@plumbline/jsonl";
import type { FileDriver } from "./file-driver.ts";

const FINAL_PACKINGS: readonly (Packing | "none")[] = ["none", "gzip", "zstd"];

/** Where the segment that begins with this id stands until it has its final form. */
export function sealingPath({ directory, stem }: JournalLocation, { epoch, seq }: EventId): string {
  return join(directory, formatSegmentName({ stem, epoch, firstSeq: seq, form: "sealing" }));
}

export function finalPath({ directory, stem }: JournalLocation, id: EventId, packing: Packing | "none"): string {
  const form = packing === "none" ? ({ form: "sealed" } as const) : ({ form: "compressed", packing } as const);
  return join(directory, formatSegmentName({ stem, epoch: id.epoch, firstSeq: id.seq, ...form }));
}

/** Whether a segment with this name has a final form. Rejects with the system's error. */
export function isSealed(driver: FileDriver, location: JournalLocation, id: EventId): Promise<boolean> {
  return isAnyThere(driver, finalPaths(location, id));
}

/** Whether a segment has this name already, in whatever form. Rejects with the system's error. */
export function isNameTaken(driver: FileDriver, location: JournalLocation, id: EventId): Promise<boolean> {
  return isAnyThere(driver, [sealingPath(location, id), ...finalPaths(location, id)]);
}

function finalPaths(location: JournalLocation, id: EventId): readonly string[] {
  return FINAL_PACKINGS.map((packing) => finalPath(location, id, packing));
}

async function isAnyThere(driver: FileDriver, paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map((path) => driver.facts(path)))).some((facts) => facts !== undefined);
}
