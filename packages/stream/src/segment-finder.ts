import type { EventId, JournalLocation } from "@plumbline/core";
import { compareIds, idAt, type Segment } from "@plumbline/jsonl";
import type { JournalFiles } from "./journal-files.ts";
import type { FoundFile } from "./open-segment.ts";
import type { StreamPosition } from "./position.ts";

/** How often a file may be missing between listing and opening before the search is given up for now. */
const MAX_OPENINGS = 16;

/** Finds the file of a journal in which an event stands, while its files are sealed, compressed and retired. */
export class SegmentFinder {
  readonly #location: JournalLocation;
  readonly #files: JournalFiles;
  /** The first id of the last segment that was read to its end. */
  finished: EventId | undefined;

  constructor(location: JournalLocation, files: JournalFiles) {
    this.#location = location;
    this.#files = files;
  }

  /** Opens the file in which the next event behind the position stands, or is to be expected; `undefined` when there is none at the moment. */
  async find(position: StreamPosition | undefined): Promise<FoundFile | undefined> {
    const { path } = this.#location;
    const next = position === undefined ? undefined : { epoch: position.epoch, seq: position.seq + 1 };
    for (let attempt = 0; attempt < MAX_OPENINGS; attempt++) {
      // Opened before the folder is listed: whatever stood before this file has the name of a segment by then.
      const active = await this.#files.open(path);
      const first = active === undefined ? undefined : await idAt(active.readAt, 0);
      const found = active && { file: active, path, first, isActive: true };
      if (next !== undefined && first !== undefined && compareIds(first, next) <= 0) return found;
      const segment = await this.#nextSegment(next);
      if (segment === undefined) return found;
      await active?.close();
      const file = await this.#files.open(segment.path);
      // Otherwise it has its next form by now, or was retired.
      if (file !== undefined) return { file, path: segment.path, first: segment.first, isActive: false };
    }
    return undefined;
  }

  /** Whether what comes next behind the position stood before this file, and nothing is left of the journal that did. */
  async isFirstLeft({ first }: FoundFile, { epoch, seq }: StreamPosition): Promise<boolean> {
    if (first === undefined || compareIds(first, { epoch, seq: seq + 1 }) <= 0) return false;
    const segments = await this.#files.list();
    return segments.every((segment) => compareIds(segment.first, first) >= 0);
  }

  async #nextSegment(next: EventId | undefined): Promise<Segment | undefined> {
    const { finished } = this;
    const segments = await this.#files.list();
    const left = finished === undefined ? segments : segments.filter(({ first }) => compareIds(first, finished) > 0);
    const at = next === undefined ? 0 : left.findLastIndex(({ first }) => compareIds(first, next) <= 0);
    return left[Math.max(at, 0)];
  }
}
