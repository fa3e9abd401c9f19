import { compareIds } from "@plumbline/jsonl";
import { parsePosition } from "./position.ts";

/** Whether a position is another, or comes after it. Of a text that names none it is not known, and so it is not. */
export function isAtOrAfter(position: string, other: string): boolean {
  const [a, b] = [parsePosition(position), parsePosition(other)];
  return a !== undefined && b !== undefined && compareIds(a, b) >= 0;
}
