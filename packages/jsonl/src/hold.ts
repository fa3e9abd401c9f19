import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, type JournalLocation } from "@plumbline/core";
import { escapeConsumer, formatConsumerFileName } from "./consumer-file.ts";
import { toCursor, type Cursor } from "./cursor.ts";
import { jsonlError } from "./jsonl-error.ts";

/**
 * A consumer's "not yet": retention keeps every segment with events after `cursor` until the hold expires.
 * It stands beside the journal as `<stem>.hold-<consumer>`. Who writes one replaces it whole (a temporary name, then
 * rename), and renews it well before it expires; an expired one binds nobody.
 */
export interface Hold {
  readonly consumer: string;
  /** What the consumer has handled; `undefined` while it has handled nothing, and everything is held. */
  readonly cursor: Cursor | undefined;
  /** Microseconds since 1970-01-01T00:00:00Z. */
  readonly expiresMicros: number;
}

/** A file that has the name of a hold and cannot be read as one. */
export interface UnreadableHold {
  readonly consumer: string;
  readonly path: string;
  readonly error: unknown;
}

/** The name of a consumer's hold. Any consumer name will do that stays short enough. Throws `PLB_JSONL_NAME_INVALID`. */
export function formatHoldName(stem: string, consumer: string): string {
  return formatConsumerFileName(stem, "hold", consumer);
}

/** The consumer that a file name of this journal holds for, or `undefined` when it is not the name of a hold. */
export function parseHoldName(stem: string, fileName: string): string | undefined {
  const prefix = `${stem}.hold-`;
  if (!fileName.startsWith(prefix)) return undefined;
  const escaped = fileName.slice(prefix.length);
  // No dot stands in an escaped name, so a temporary file (`….tmp`) is never taken for a hold.
  if (!/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+$/.test(escaped)) return undefined;
  try {
    const consumer = decodeURIComponent(escaped);
    return escapeConsumer(consumer) === escaped ? consumer : undefined;
  } catch {
    return undefined; // escapes that are no UTF-8
  }
}

/** The hold's text on disk. Throws `PLB_JSONL_CURSOR_INVALID` or `PLB_JSONL_HOLD_INVALID`. */
export function formatHold(hold: Hold): string {
  const expires = new Date(hold.expiresMicros / 1000);
  if (Number.isNaN(expires.getTime())) throw jsonlError("PLB_JSONL_HOLD_INVALID");
  const cursor = hold.cursor === undefined ? null : toCursor(hold.cursor);
  return `${JSON.stringify({ consumer: hold.consumer, cursor, expires: expires.toISOString() })}\n`;
}

/** A hold from its text. Throws `PLB_JSONL_HOLD_INVALID` or `PLB_JSONL_CURSOR_INVALID`. */
export function parseHold(text: string): Hold {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw jsonlError("PLB_JSONL_HOLD_INVALID"); // without the cause: its message quotes the text
  }
  if (typeof value !== "object" || value === null) throw jsonlError("PLB_JSONL_HOLD_INVALID");
  const { consumer, cursor, expires } = value as { consumer?: unknown; cursor?: unknown; expires?: unknown };
  if (typeof consumer !== "string" || consumer === "" || typeof expires !== "string") {
    throw jsonlError("PLB_JSONL_HOLD_INVALID");
  }
  const expiresMs = Date.parse(expires);
  if (Number.isNaN(expiresMs)) throw jsonlError("PLB_JSONL_HOLD_INVALID");
  return { consumer, cursor: cursor === null ? undefined : toCursor(cursor), expiresMicros: expiresMs * 1000 };
}

/** The holds beside a journal, expired ones too, and what looks like one and cannot be read. */
export async function listHolds(
  location: JournalLocation,
): Promise<{ readonly holds: readonly Hold[]; readonly unreadable: readonly UnreadableHold[] }> {
  const holds: Hold[] = [];
  const unreadable: UnreadableHold[] = [];
  for (const fileName of (await readdir(location.directory)).sort()) {
    const consumer = parseHoldName(location.stem, fileName);
    if (consumer === undefined) continue;
    const path = join(location.directory, fileName);
    try {
      holds.push(parseHold(await readFile(path, "utf8")));
    } catch (error) {
      // Removed since the folder was listed: its consumer is done.
      if (errorCode(error) !== "ENOENT") unreadable.push({ consumer, path, error });
    }
  }
  return { holds, unreadable };
}
