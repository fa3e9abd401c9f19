import { StreamClientError } from "./client-error.ts";
import type { ClientItem, ClientLine } from "./client-item.ts";
import { placeOf } from "./place.ts";

/** What a frame says: something for whoever follows, or why the server ends the stream. */
export type ReadFrame = ClientItem | { readonly kind: "error"; readonly code: string; readonly message: string };

const EVENT_HEAD = '{"kind":"event","cursor":"';
const EVENT_MIDDLE = '","event":';
const EVENTS_HEAD = '{"kind":"events","cursor":"';
const LINE_ID = '{"id":"';

/** Reads a frame, line by line as it came. Events are cut out of it as they stand there. Throws `PLB_SERVE_CLIENT_PROTOCOL`. */
export function readFrame(rows: readonly string[]): ReadFrame {
  const [first = ""] = rows;
  if (rows.length === 1 && first.startsWith(EVENT_HEAD)) {
    const end = first.indexOf('"', EVENT_HEAD.length);
    const id = first.slice(EVENT_HEAD.length, end);
    if (!first.startsWith(EVENT_MIDDLE, end)) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
    return { kind: "events", lines: [new ReceivedLine(id, first.slice(end + EVENT_MIDDLE.length, -1))], cursor: id };
  }
  if (!first.startsWith(EVENTS_HEAD)) return readOther(rows.join("\n"));
  // Between the row that begins it and the one that ends it each row is an event, with a comma behind all but the last.
  const lines: ClientLine[] = [];
  const last = rows.length - 2;
  for (let at = 1; at <= last; at++) lines.push(lineOf(rows[at] ?? "", at < last));
  if (lines.length === 0) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  return { kind: "events", lines, cursor: first.slice(EVENTS_HEAD.length, first.indexOf('"', EVENTS_HEAD.length)) };
}

function readOther(text: string): ReadFrame {
  const { kind, cursor, from, to, missing, reason, live, code, message } = parse(text);
  if (kind === "error" && typeof code === "string") return { kind, code, message: String(message) };
  if (typeof cursor !== "string") throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  if (kind === "progress") return { kind, cursor, isLive: live === true };
  if (kind !== "gap" || typeof to !== "string") throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  return {
    kind,
    cursor,
    to,
    from: typeof from === "string" ? from : undefined,
    missing: typeof missing === "number" ? missing : undefined,
    reason: String(reason),
  };
}

function lineOf(row: string, hasComma: boolean): ClientLine {
  const end = row.startsWith(LINE_ID) ? row.indexOf('"', LINE_ID.length) : -1;
  const id = row.slice(LINE_ID.length, end);
  if (end < 0 || placeOf(id) === undefined) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  return new ReceivedLine(id, hasComma ? row.slice(0, -1) : row);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL", { cause });
  }
  throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
}

class ReceivedLine implements ClientLine {
  readonly id: string;
  readonly line: string;
  #event: Readonly<Record<string, unknown>> | undefined;

  constructor(id: string, line: string) {
    this.id = id;
    this.line = line;
  }

  event(): Readonly<Record<string, unknown>> {
    this.#event ??= parse(this.line);
    return this.#event;
  }
}
