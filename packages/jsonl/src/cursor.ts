import { parseId, type EventId } from "@plumbline/core";
import { jsonlError } from "./jsonl-error.ts";

/** Where a reader has got to: everything up to and with `id` is done. */
export interface Cursor {
  /** `epoch:seq` of the last event that was handled. */
  readonly id: string;
  /** Where its line was seen last; a guess that saves a search, checked before it is believed. */
  readonly hint?: CursorHint;
}

/** A file in the journal's folder, and the byte at which the cursor's own line begins (unpacked, where compressed). */
export interface CursorHint {
  readonly file: string;
  readonly offset: number;
}

/** The order of ids in one journal: by epoch, which sorts by the time of its opening, then by number. */
export function compareIds(a: EventId, b: EventId): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** The cursor's text on disk: one line of JSON. Throws `PLB_JSONL_CURSOR_INVALID`. */
export function formatCursor(cursor: Cursor): string {
  return JSON.stringify(toCursor(cursor));
}

/** A cursor from its text. Throws `PLB_JSONL_CURSOR_INVALID` when it is none. */
export function parseCursor(text: string): Cursor {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw jsonlError("PLB_JSONL_CURSOR_INVALID"); // without the cause: its message quotes the text
  }
  return toCursor(value);
}

/** A cursor from parsed JSON; unknown fields are dropped. Throws `PLB_JSONL_CURSOR_INVALID`. */
export function toCursor(value: unknown): Cursor {
  if (typeof value !== "object" || value === null) throw jsonlError("PLB_JSONL_CURSOR_INVALID");
  const { id, hint } = value as { id?: unknown; hint?: unknown };
  if (typeof id !== "string" || parseId(id) === undefined) throw jsonlError("PLB_JSONL_CURSOR_INVALID");
  if (hint === undefined) return { id };
  if (typeof hint !== "object" || hint === null) throw jsonlError("PLB_JSONL_CURSOR_INVALID");
  const { file, offset } = hint as { file?: unknown; offset?: unknown };
  // A hint names a file beside the journal and never leads out of its folder.
  if (typeof file !== "string" || file === "" || /[/\\\0]/.test(file) || file === "." || file === "..") {
    throw jsonlError("PLB_JSONL_CURSOR_INVALID");
  }
  if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0) {
    throw jsonlError("PLB_JSONL_CURSOR_INVALID");
  }
  return { id, hint: { file, offset } };
}
