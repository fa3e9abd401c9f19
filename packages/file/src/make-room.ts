import type { QueuePolicy, SeverityNumber } from "@plumbline/core";
import { LINE_OVERHEAD_BYTES, type Weighed } from "./line-queue.ts";

/** At the bound, this part of it is freed of low lines at once, so that not every line scans the queue. */
const EVICTED_PART = 1 / 16;

/** What a queue does at its bound: lines below `keep` go first, then its policy decides. */
export interface BoundPolicy {
  readonly queuePolicy: QueuePolicy;
  readonly keep?: SeverityNumber | undefined;
}

/** A queue, as far as room is made in it. */
export interface Evictable<Line> {
  readonly count: number;
  /** Bytes that its lines take, and those of them that are below `keep`. */
  readonly size: number;
  readonly lowSize: number;
  fits(line: Line, maxBytes: number): boolean;
  /** Takes lines below `keep` out, the oldest first, until `size` is freed or none is left. */
  dropLow(size: number): readonly Line[];
  shift(): Line | undefined;
}

/** Lines that had to go for another. */
export interface Evicted<Line> {
  /** Below `keep`, wherever they stood. */
  readonly low: readonly Line[];
  /** From the head, in order. */
  readonly oldest: readonly Line[];
}

const NOBODY: Evicted<never> = { low: [], oldest: [] };

/**
 * Makes room for a line within `maxBytes`, and gives those that had to go. `undefined` where that cannot be done: then nobody goes. One that is
 * larger than the bound fits where nothing else waits.
 */
export function makeRoom<Line extends Weighed>(
  queue: Evictable<Line>,
  line: Line,
  maxBytes: number,
  { queuePolicy, keep }: BoundPolicy,
): Evicted<Line> | undefined {
  const fits = (): boolean => queue.count === 0 || queue.fits(line, maxBytes);
  if (fits()) return NOBODY;
  const isLow = keep !== undefined && line.severity < keep;
  const isOldestFirst = queuePolicy === "drop-oldest";
  const lowBytes = isLow && !isOldestFirst ? 0 : queue.lowSize;
  const excess = queue.size + line.size + LINE_OVERHEAD_BYTES - maxBytes;
  const isEnough = lowBytes >= Math.min(excess, queue.size);
  if (!isEnough && (isLow || !isOldestFirst)) return undefined;
  const low = lowBytes > 0 ? queue.dropLow(Math.max(excess, maxBytes * EVICTED_PART)) : [];
  const oldest: Line[] = [];
  while (!fits()) {
    const first = queue.shift();
    if (first !== undefined) oldest.push(first);
  }
  return { low, oldest };
}
