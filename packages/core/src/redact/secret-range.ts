/** A secret in a text, as UTF-16 offsets. */
export interface SecretRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Who found it. */
  readonly detector: string;
  /** Stands on both sides of the label: the quotes of a JSON value that had none. */
  readonly wrap: string;
}

/** Sorts by start and joins what overlaps, under the name of the range that begins first, or of the longer one. */
export function mergeRanges(ranges: SecretRange[]): void {
  if (isInOrder(ranges)) return;
  ranges.sort((a, b) => a.start - b.start || b.end - a.end);
  let kept = 0;
  for (let i = 1; i < ranges.length; i++) {
    const last = ranges[kept];
    const range = ranges[i];
    if (last === undefined || range === undefined) continue;
    if (range.start < last.end) {
      if (range.end > last.end) ranges[kept] = { ...last, end: range.end };
    } else {
      kept++;
      ranges[kept] = range;
    }
  }
  ranges.length = kept + 1;
}

/** Whether each begins where the one before has ended, or later: nearly always. */
function isInOrder(ranges: readonly SecretRange[]): boolean {
  let end = 0;
  for (const range of ranges) {
    if (range.start < end) return false;
    end = range.end;
  }
  return true;
}
