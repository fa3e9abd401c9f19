import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { journalLocation, parseSegmentName } from "./segment-name.ts";

/** The ending of a file that lines are written to. */
const ACTIVE_ENDING = ".jsonl";

/**
 * The journals and plain files of lines in a folder, slots too, in the order of their names: every `*.jsonl` that is no
 * segment, and what segments without an active file belong to. Rejects with the system's error.
 */
export async function listJournals(directory: string): Promise<readonly JournalLocation[]> {
  const stems = new Map<string, string>();
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const segment = parseSegmentName(entry.name);
    if (segment !== undefined) stems.set(segment.stem, stems.get(segment.stem) ?? segment.stem + ACTIVE_ENDING);
    else if (entry.name.endsWith(ACTIVE_ENDING) && entry.name !== ACTIVE_ENDING) {
      stems.set(entry.name.slice(0, -ACTIVE_ENDING.length), entry.name);
    }
  }
  return [...stems.values()].sort().map((name) => journalLocation(join(directory, name)));
}
