import type { StreamFilter } from "./stream-filter.ts";
import type { StreamLine } from "./stream-item.ts";

/** Which of the lines that were looked at a subscriber gets. */
export class LineSelection {
  /** May be changed between two items. */
  filter: StreamFilter | undefined;
  /** Lines are left out up to the first that is not before this time. */
  skipBefore: bigint | undefined;

  constructor(filter: StreamFilter | undefined) {
    this.filter = filter;
  }

  of(lines: readonly StreamLine[]): readonly StreamLine[] {
    const { skipBefore, filter } = this;
    let from = 0;
    if (skipBefore !== undefined) {
      from = lines.findIndex((line) => isNotBefore(line, skipBefore));
      if (from < 0) return [];
      this.skipBefore = undefined;
    }
    const left = from === 0 ? lines : lines.slice(from);
    return filter === undefined ? left : left.filter(filter);
  }
}

function isNotBefore(line: StreamLine, time: bigint): boolean {
  try {
    return line.time >= time;
  } catch {
    return true; // no event's line, whatever its first bytes look like: for the subscriber to see
  }
}
