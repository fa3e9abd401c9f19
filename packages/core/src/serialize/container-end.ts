import { FIRST, IN_TEXT, type Position } from "./key-table.ts";
import { looksLikeTag } from "./value-tag.ts";

/** Deeper levels would come near the end of the stack. */
export const DEEPEST = 256;
/** Kept free in every open container, for its end and for what says that something was left out of it. */
export const CLOSE_RESERVE = 64;

/**
 * Ends a map that was begun after `start`. `only` is the name of its one entry, where it has just one: an object of the caller's
 * that has the form of a tag is told from one by one more `$`.
 */
export function endMap(start: string, out: string, position: Position, only: string | undefined): string {
  if (position === FIRST) return `${out}{}`;
  const whole = only !== undefined && looksLikeTag(only) ? `${start}{"$${out.slice(start.length + 2)}` : out;
  return position === IN_TEXT ? `${whole}"}` : `${whole}}`;
}

/** Ends a map and says how many entries were left out of it. */
export function endCutMap(out: string, position: Position, omitted: number): string {
  return `${out}${position === IN_TEXT ? '",' : position === FIRST ? "{" : ","}"...":"[dropped ${omitted}]"}`;
}

/** Ends a list, and says how many items were left out of it if any were. */
export function endList(out: string, position: Position, omitted: number): string {
  if (omitted > 0)
    return `${out}${position === IN_TEXT ? '",' : position === FIRST ? "[" : ","}"...[dropped ${omitted}]"]`;
  if (position === FIRST) return `${out}[]`;
  return position === IN_TEXT ? `${out}"]` : `${out}]`;
}
