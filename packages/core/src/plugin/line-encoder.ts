import type { EventLine } from "../event.ts";

/** Turns lines into another text form of one line each, for a plain file or a descriptor. A journal keeps its own. */
export interface LineEncoder {
  /** Without the newline; must not contain one. */
  encode(line: EventLine): string;
}
