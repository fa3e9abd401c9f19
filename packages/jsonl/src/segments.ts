import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorCode, type EventId, type JournalLocation } from "@plumbline/core";
import { compareIds } from "./cursor.ts";
import { parseSegmentName, parseTornName, type SegmentForm } from "./segment-name.ts";

/** A segment that no line is added to any more. */
export interface Segment {
  readonly path: string;
  readonly form: SegmentForm;
  /** The id of its first line. */
  readonly first: EventId;
}

/** A torn tail that was set aside. */
export interface TornFile {
  readonly path: string;
  readonly timeMicros: number;
}

/** A journal's files at one moment. */
export interface SegmentListing {
  /** In the order of their lines, oldest first, each once, in the most final of the forms that were seen. */
  readonly segments: readonly Segment[];
  /** The file being written, which comes after all segments; `undefined` where there is none at the moment. */
  readonly active: string | undefined;
  /** In the order in which they were set aside. Not part of the line stream. */
  readonly torn: readonly TornFile[];
}

const FINALITY: Readonly<Record<SegmentForm, number>> = { sealing: 0, sealed: 1, compressed: 2 };

/**
 * Lists a journal's files. A folder is not read in one instant: a file that is renamed meanwhile may be missing from the
 * listing or stand in it under both names. The latter is mended here, the former shows as a hole in the ids, and then it
 * is listed again. A folder that does not exist has no files. Rejects with the system's error otherwise.
 */
export async function listSegments(location: JournalLocation): Promise<SegmentListing> {
  let names: readonly string[];
  try {
    names = await readdir(location.directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { segments: [], active: undefined, torn: [] };
    throw error;
  }
  return selectSegments(location, names);
}

/** What {@link listSegments} makes of a folder's file names. */
export function selectSegments(location: JournalLocation, fileNames: readonly string[]): SegmentListing {
  const activeName = basename(location.path);
  const prefix = `${location.stem}.`;
  const byFirst = new Map<string, Segment>();
  const torn: TornFile[] = [];
  let active: string | undefined;
  for (const fileName of fileNames) {
    if (fileName === activeName) active = location.path;
    if (fileName === activeName || !fileName.startsWith(prefix)) continue;
    const path = join(location.directory, fileName);
    const name = parseSegmentName(fileName);
    if (name?.stem === location.stem) {
      const key = `${name.epoch}-${name.firstSeq}`;
      const seen = byFirst.get(key);
      if (seen === undefined || FINALITY[seen.form] < FINALITY[name.form]) {
        byFirst.set(key, { path, form: name.form, first: { epoch: name.epoch, seq: name.firstSeq } });
      }
      continue;
    }
    const tornName = parseTornName(fileName);
    if (tornName?.stem === location.stem) torn.push({ path, timeMicros: tornName.timeMicros });
  }
  return {
    segments: [...byFirst.values()].sort((a, b) => compareIds(a.first, b.first)),
    active,
    torn: torn.sort((a, b) => a.timeMicros - b.timeMicros),
  };
}
