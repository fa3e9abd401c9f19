import { formatId, parseId, type PlumblineError } from "@plumbline/core";
import { lineBytes, type StreamGap, type StreamLine } from "@plumbline/stream";

/** A frame's JSON text in UTF-8, and the cursor behind it. */
export interface Frame {
  readonly payload: Buffer;
  readonly cursor: string | undefined;
  /** Events in it. */
  readonly events: number;
}

export const EVENT_HEAD = '{"kind":"event","cursor":"';
export const EVENTS_HEAD = '{"kind":"events","cursor":"';
export const EVENT_MIDDLE = '","event":';
export const EVENTS_MIDDLE = '","events":[\n';
export const EVENTS_TAIL = "\n]}";

/**
 * The frames of some lines, up to `batch` events in each, none longer than `maxMessageBytes`: in the place of an event that would be, a gap of the reason
 * `size` stands. A frame of several has its events on lines of their own, so that each can be cut out as it stands in the journal.
 */
export function writeEventFrames(lines: readonly StreamLine[], batch: number, maxMessageBytes: number): Frame[] {
  const frames: Frame[] = [];
  let group: { readonly id: string; readonly bytes: Uint8Array }[] = [];
  let groupBytes = 0;
  const close = (): void => {
    if (group.length > 0) frames.push(batch > 1 ? eventsFrame(group, groupBytes) : eventFrame(group));
    group = [];
    groupBytes = 0;
  };
  for (const line of lines) {
    const { id } = line;
    const bytes = lineBytes(line);
    const overhead = id.length + EVENTS_HEAD.length + EVENTS_MIDDLE.length + EVENTS_TAIL.length;
    const isTooLong = bytes.length + overhead > maxMessageBytes;
    if (group.length >= batch || isTooLong || groupBytes + bytes.length + 2 + overhead > maxMessageBytes) close();
    if (isTooLong) frames.push(sizeGap(id));
    else {
      group.push({ id, bytes });
      groupBytes += bytes.length + 2;
    }
  }
  close();
  return frames;
}

/** Nothing for this subscriber, but the cursor went on; with `options`, everything behind the cursor is by those. */
export function progressFrame(cursor: string, facts: { readonly live?: boolean; readonly options?: unknown }): Frame {
  return jsonFrame({ kind: "progress", cursor, ...facts }, cursor);
}

export function gapFrame({ from, to, missing, reason, cursor }: StreamGap): Frame {
  return jsonFrame({ kind: "gap", from, to, missing, reason, cursor }, cursor);
}

export function errorFrame({ code, message }: PlumblineError, cursor: string | undefined): Frame {
  return jsonFrame({ kind: "error", code, message, cursor }, cursor);
}

/** One event that the subscriber asked not to get. */
function sizeGap(id: string): Frame {
  const at = parseId(id);
  const [from, to] = at === undefined ? [id, id] : [formatId(at.epoch, at.seq - 1), formatId(at.epoch, at.seq + 1)];
  return jsonFrame({ kind: "gap", from, to, missing: 1, reason: "size", cursor: id }, id);
}

function jsonFrame(value: unknown, cursor: string | undefined): Frame {
  return { payload: Buffer.from(JSON.stringify(value), "utf8"), cursor, events: 0 };
}

function eventFrame([only]: readonly { readonly id: string; readonly bytes: Uint8Array }[]): Frame {
  const { id, bytes } = only ?? { id: "", bytes: new Uint8Array() };
  const payload = Buffer.allocUnsafe(EVENT_HEAD.length + id.length + EVENT_MIDDLE.length + bytes.length + 1);
  let at = payload.write(EVENT_HEAD + id + EVENT_MIDDLE, 0, "latin1");
  payload.set(bytes, at);
  at += bytes.length;
  payload[at] = 0x7d; // }
  return { payload, cursor: id, events: 1 };
}

function eventsFrame(group: readonly { readonly id: string; readonly bytes: Uint8Array }[], size: number): Frame {
  const cursor = group.at(-1)?.id ?? "";
  const head = EVENTS_HEAD + cursor + EVENTS_MIDDLE;
  // Each line was counted with the comma and newline behind it, which the last has not.
  const payload = Buffer.allocUnsafe(head.length + size - 2 + EVENTS_TAIL.length);
  let at = payload.write(head, 0, "latin1");
  for (const [index, { bytes }] of group.entries()) {
    if (index > 0) at += payload.write(",\n", at, "latin1");
    payload.set(bytes, at);
    at += bytes.length;
  }
  payload.write(EVENTS_TAIL, at, "latin1");
  return { payload, cursor, events: group.length };
}
