import type { JournalLocation } from "@plumbline/core";
import { readEvents, readJournal, type JournalEntry } from "@plumbline/jsonl";
import { timeKey } from "./line-time.ts";

/** A file of lines, packed or not, or a journal with all its segments. */
export type MergeSource = string | JournalLocation;

/** Options of {@link mergeFiles}. */
export interface MergeOptions {
  readonly signal?: AbortSignal;
}

/** A line of one of the sources, or what stands in its place, and which source it is from. */
export interface MergedEntry {
  readonly entry: JournalEntry;
  /** The source's place in the list that was given. */
  readonly source: number;
}

interface Head {
  readonly source: number;
  readonly batches: AsyncGenerator<readonly JournalEntry[], void, undefined>;
  batch: readonly JournalEntry[];
  index: number;
  /** Sorts as the time of the line at hand; that of the one before it where it has none. */
  key: string;
}

/** What all sources may hold in memory together, and the least and most that is read of one at once. */
const TOTAL_BYTES = 32 * 1024 * 1024;
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
const BATCH_LENGTH = 512;

/**
 * The lines of several sources as one sequence in the order of their times, in batches, in constant memory. Lines of one
 * source stay in their order, whatever their times say; at equal times the source that was given first goes first. What is
 * damaged or missing comes in its place.
 *
 * Throws `PLB_JSONL_READ_FAILED` when a source cannot be read; never for what it holds.
 */
export async function* mergeFiles(
  sources: readonly MergeSource[],
  options: MergeOptions = {},
): AsyncGenerator<readonly MergedEntry[], void, undefined> {
  const share = Math.trunc(TOTAL_BYTES / Math.max(1, sources.length));
  const chunkBytes = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, share));
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const open: Head[] = [];
  const heap: Head[] = [];
  try {
    for (const [source, from] of sources.entries()) {
      const read = { chunkBytes, check: "shape", ...signal } as const;
      const batches: Head["batches"] = typeof from === "string" ? readEvents(from, read) : readJournal(from, read);
      const head: Head = { source, batches, batch: [], index: -1, key: "" };
      open.push(head);
      if (await advance(head)) push(heap, head);
    }
    let merged: MergedEntry[] = [];
    for (let head = heap[0]; head !== undefined; head = heap[0]) {
      const entry = head.batch[head.index];
      if (entry !== undefined) merged.push({ entry, source: head.source });
      if (await advance(head)) sink(heap);
      else pop(heap);
      if (merged.length >= BATCH_LENGTH) {
        yield merged;
        merged = [];
      }
    }
    if (merged.length > 0) yield merged;
  } finally {
    await Promise.allSettled(open.map((head) => head.batches.return()));
  }
}

/** Goes on to the next entry; says whether there is one. */
function advance(head: Head): boolean | Promise<boolean> {
  head.index += 1;
  return head.index < head.batch.length ? take(head) : nextBatch(head);
}

function take(head: Head): true {
  const entry = head.batch[head.index];
  if (entry?.kind === "line") head.key = timeKey(entry.text) ?? head.key;
  return true;
}

async function nextBatch(head: Head): Promise<boolean> {
  for (;;) {
    const result = await head.batches.next();
    if (result.done === true) return false;
    if (result.value.length === 0) continue;
    head.batch = result.value;
    head.index = 0;
    return take(head);
  }
}

function comesBefore(a: Head, b: Head): boolean {
  return a.key === b.key ? a.source < b.source : a.key < b.key;
}

function push(heap: Head[], head: Head): void {
  let at = heap.push(head) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, above)) return;
    at = above;
  }
}

/** The first has changed: puts it where it belongs now. */
function sink(heap: Head[]): void {
  for (let at = 0; ;) {
    const left = at * 2 + 1;
    const right = left + 1;
    const a = heap[left];
    const b = heap[right];
    if (a === undefined) return;
    const below = b !== undefined && comesBefore(b, a) ? right : left;
    if (!swapIfBefore(heap, below, at)) return;
    at = below;
  }
}

function pop(heap: Head[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  sink(heap);
}

function swapIfBefore(heap: Head[], lower: number, upper: number): boolean {
  const a = heap[lower];
  const b = heap[upper];
  if (a === undefined || b === undefined || !comesBefore(a, b)) return false;
  heap[lower] = b;
  heap[upper] = a;
  return true;
}
