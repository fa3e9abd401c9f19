import { lineBytes, type StreamLine } from "@plumbline/stream";
import type { EncodedEvents } from "./frame-cache.ts";
import { EVENT_HEAD, EVENT_MIDDLE, EVENTS_HEAD, EVENTS_MIDDLE, EVENTS_TAIL } from "./frame-writer.ts";
import type { WireForm } from "./wire-form.ts";

const QUOTE = 0x22;
const LINE_ID = Buffer.from('{"id":"');
/** An id is no longer: an epoch, a colon, and up to sixteen digits. */
const MAX_ID = 30;
const NONE = Buffer.alloc(0);

/** What stands around the events of a frame. */
interface Texts {
  /** Before the cursor of a frame, where it is said outside the frame as well, and before the frame. */
  readonly outerHead: Buffer;
  readonly outerMiddle: Buffer;
  readonly head: Buffer;
  readonly middle: Buffer;
  readonly between: Buffer;
  readonly tail: Buffer;
}

/** In server-sent events each line of a frame has its field's name, and the frame an empty line behind it. Source: the HTML standard, section 9.2. */
function textsOf(transport: WireForm["transport"], isBatch: boolean): Texts {
  const isSse = transport === "sse";
  const bytes = (text: string): Buffer => Buffer.from(isSse ? text.replaceAll("\n", "\ndata: ") : text, "latin1");
  const end = isSse ? Buffer.from("\n\n") : NONE;
  return {
    outerHead: isSse ? Buffer.from("id: ") : NONE,
    outerMiddle: isSse ? Buffer.from("\ndata: ") : NONE,
    head: bytes(isBatch ? EVENTS_HEAD : EVENT_HEAD),
    middle: bytes(isBatch ? EVENTS_MIDDLE : EVENT_MIDDLE),
    between: bytes(",\n"),
    tail: Buffer.concat([bytes(isBatch ? EVENTS_TAIL : "}"), end]),
  };
}

const TEXTS = {
  websocket: { single: textsOf("websocket", false), batch: textsOf("websocket", true) },
  sse: { single: textsOf("sse", false), batch: textsOf("sse", true) },
} as const;

/** Lines that go into one frame. */
interface Group {
  readonly from: number;
  readonly to: number;
  /** Of all its lines. */
  readonly bytes: number;
  /** Length of its last line's id. */
  readonly idLength: number;
}

/**
 * The same bytes as of `writeEventFrames` and `toWire`, without compression, written at once into one buffer: nothing is made for a single event but a view of its line.
 * `undefined` where a line is longer than is allowed, or does not begin with its id.
 */
export function writeEventWire(
  lines: readonly StreamLine[],
  batch: number,
  maxMessageBytes: number,
  transport: WireForm["transport"],
): EncodedEvents | undefined {
  const texts = TEXTS[transport][batch > 1 ? "batch" : "single"];
  const views = lines.map(lineBytes);
  const groups = groupsOf(views, batch, maxMessageBytes);
  if (groups === undefined) return undefined;
  const isWebSocket = transport === "websocket";
  let size = 0;
  for (const group of groups) {
    const payload = payloadBytes(group, texts);
    size += isWebSocket ? headBytes(payload) + payload : payload + outerBytes(group, texts);
  }
  const wire = Buffer.allocUnsafe(size);
  let at = 0;
  for (const group of groups) {
    const last = views[group.to - 1] ?? NONE;
    if (isWebSocket) at = putHead(wire, at, payloadBytes(group, texts));
    else {
      at = put(wire, at, texts.outerHead);
      at = putId(wire, at, last, group.idLength);
      at = put(wire, at, texts.outerMiddle);
    }
    at = put(wire, at, texts.head);
    at = putId(wire, at, last, group.idLength);
    at = put(wire, at, texts.middle);
    for (let next = group.from; next < group.to; next++) {
      if (next > group.from) at = put(wire, at, texts.between);
      at = put(wire, at, views[next] ?? NONE);
    }
    at = put(wire, at, texts.tail);
  }
  return { wire, frames: groups.length, events: lines.length };
}

/** How the lines fall into frames, by the rules of `writeEventFrames`. */
function groupsOf(views: readonly Uint8Array[], batch: number, maxMessageBytes: number): Group[] | undefined {
  const groups: Group[] = [];
  const around = EVENTS_HEAD.length + EVENTS_MIDDLE.length + EVENTS_TAIL.length;
  let [from, bytes, lastId] = [0, 0, 0];
  for (let at = 0; at < views.length; at++) {
    const view = views[at] ?? NONE;
    const idLength = idLengthOf(view);
    const overhead = idLength + around;
    if (idLength === 0 || view.length + overhead > maxMessageBytes) return undefined;
    const isFull = at - from >= batch || bytes + 2 * (at - from) + view.length + 2 + overhead > maxMessageBytes;
    if (at > from && isFull) {
      groups.push({ from, to: at, bytes, idLength: lastId });
      [from, bytes] = [at, 0];
    }
    bytes += view.length;
    lastId = idLength;
  }
  if (views.length > from) groups.push({ from, to: views.length, bytes, idLength: lastId });
  return groups;
}

/** Length of the id that a line begins with; 0 where it does not. */
function idLengthOf(view: Uint8Array): number {
  for (let at = 0; at < LINE_ID.length; at++) if (view[at] !== LINE_ID[at]) return 0;
  for (let length = 0; length <= MAX_ID; length++) if (view[LINE_ID.length + length] === QUOTE) return length;
  return 0;
}

function payloadBytes({ from, to, bytes, idLength }: Group, { head, middle, between, tail }: Texts): number {
  return head.length + idLength + middle.length + bytes + (to - from - 1) * between.length + tail.length;
}

function outerBytes({ idLength }: Group, { outerHead, outerMiddle }: Texts): number {
  return outerHead.length + idLength + outerMiddle.length;
}

function put(wire: Buffer, at: number, bytes: Uint8Array): number {
  wire.set(bytes, at);
  return at + bytes.length;
}

function putId(wire: Buffer, at: number, view: Uint8Array, length: number): number {
  for (let next = 0; next < length; next++) wire[at + next] = view[LINE_ID.length + next] ?? 0;
  return at + length;
}

function headBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** The head of a final, unmasked frame of text. Source: RFC 6455, section 5.2. */
function putHead(wire: Buffer, at: number, length: number): number {
  wire[at] = 0x81;
  if (length < 126) {
    wire[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    wire[at + 1] = 126;
    wire[at + 2] = length >> 8;
    wire[at + 3] = length & 0xff;
    return at + 4;
  }
  wire[at + 1] = 127;
  wire.writeBigUInt64BE(BigInt(length), at + 2);
  return at + 10;
}
