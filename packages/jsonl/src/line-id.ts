import { parseId, type EventId } from "@plumbline/core";

/** What every line with an id begins with: the writer puts the id first. */
const ID_PREFIX = '{"id":"';
/** An epoch, a colon and sixteen digits. */
const MAX_ID_LENGTH = 30;

/** The id at the beginning of a line, without parsing the line; `undefined` when none stands there. */
export function peekId(line: string): string | undefined {
  if (!line.startsWith(ID_PREFIX)) return undefined;
  const end = line.indexOf('"', ID_PREFIX.length);
  if (end < 0 || end - ID_PREFIX.length > MAX_ID_LENGTH) return undefined;
  return line.slice(ID_PREFIX.length, end);
}

/** {@link peekId}, taken apart. */
export function peekEventId(line: string): EventId | undefined {
  const id = peekId(line);
  return id === undefined ? undefined : parseId(id);
}

/** How many bytes of a line are enough for {@link peekId}. */
export const ID_PEEK_BYTES: number = ID_PREFIX.length + MAX_ID_LENGTH + 1;
