import { StreamClientError } from "./client-error.ts";
import type { ClientItem, ClientLine } from "./client-item.ts";

/** What a frame says: something for whoever follows, or why the server ends the stream. */
export type ReadFrame = ClientItem | { readonly kind: "error"; readonly code: string; readonly message: string };

const EVENT_HEAD = '{"kind":"event","cursor":"';
const EVENT_MIDDLE = '","event":';
const EVENTS_HEAD = '{"kind":"events","cursor":"';
const LINE_ID = /^\{"id":"([0-9a-v]{13}:\d{1,16})"/;

/** Reads a frame. Events are cut out of it as they stand there. Throws `PLB_SERVE_CLIENT_PROTOCOL`. */
export function readFrame(text: string): ReadFrame {
  if (text.startsWith(EVENT_HEAD)) {
    const end = text.indexOf('"', EVENT_HEAD.length);
    const id = text.slice(EVENT_HEAD.length, end);
    if (!text.startsWith(EVENT_MIDDLE, end)) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
    return { kind: "events", lines: [new ReceivedLine(id, text.slice(end + EVENT_MIDDLE.length, -1))], cursor: id };
  }
  if (text.startsWith(EVENTS_HEAD)) {
    const rows = text.split("\n").slice(1, -1);
    const lines = rows.map((row, index) => lineOf(index < rows.length - 1 ? row.slice(0, -1) : row));
    const cursor = text.slice(EVENTS_HEAD.length, text.indexOf('"', EVENTS_HEAD.length));
    if (lines.length === 0) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
    return { kind: "events", lines, cursor };
  }
  return readOther(text);
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

function lineOf(line: string): ClientLine {
  const id = LINE_ID.exec(line)?.[1];
  if (id === undefined) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  return new ReceivedLine(id, line);
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
