import type { StreamLine } from "@plumbline/stream";
import type { EncodedEvents } from "./frame-cache.ts";
import { EVENT_HEAD, EVENT_MIDDLE, EVENTS_HEAD, EVENTS_MIDDLE, EVENTS_TAIL } from "./frame-writer.ts";
import { runOf, type LineRun } from "./line-run.ts";
import type { WireForm } from "./wire-form.ts";

const QUOTE = 0x22;
const LINE_ID = Buffer.from('{"id":"');
/** An id is no longer: an epoch, a colon, and up to sixteen digits. */
const MAX_ID = 30;
/** Nor shorter: the quote that ends it is not looked for in an epoch. */
const LEAST_ID = 15;
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

/** Where bytes are put. */
export interface WireRooms {
  /** Room for what is sent. */
  readonly wire: (bytes: number) => Buffer;
  /** Room for lines that stand in several places, until the call is over. */
  readonly lines: (bytes: number) => Buffer;
}

const FRESH: WireRooms = { wire: (bytes) => Buffer.allocUnsafe(bytes), lines: (bytes) => Buffer.allocUnsafe(bytes) };

/**
 * The same bytes as of `writeEventFrames` and `toWire`, without compression, written at once into one buffer: nothing is made for a single event.
 * `undefined` where a line is longer than is allowed, or does not begin with its id.
 */
export function writeEventWire(
  lines: readonly StreamLine[],
  batch: number,
  maxMessageBytes: number,
  transport: WireForm["transport"],
  rooms: WireRooms = FRESH,
): EncodedEvents | undefined {
  const texts = TEXTS[transport][batch > 1 ? "batch" : "single"];
  const run = runOf(lines, rooms.lines);
  const groups = run && groupsOf(run, batch, maxMessageBytes);
  if (run === undefined || groups === undefined) return undefined;
  const isWebSocket = transport === "websocket";
  let size = 0;
  for (const group of groups) {
    const payload = payloadBytes(group, texts);
    size += isWebSocket ? headBytes(payload) + payload : payload + outerBytes(group, texts);
  }
  const wire = rooms.wire(size);
  // The lines are put at its end, and each is moved from there: its place is never behind it, as more stands between two lines than the one newline.
  const shift = size - run.bytes.length;
  wire.set(run.bytes, shift);
  const startOf = (line: number): number => shift + (run.starts[line] ?? 0);
  let at = 0;
  for (const group of groups) {
    const id = startOf(group.to - 1) + LINE_ID.length;
    if (isWebSocket) at = putHead(wire, at, payloadBytes(group, texts));
    else {
      at = put(wire, at, texts.outerHead);
      at = putId(wire, at, id, group.idLength);
      at = put(wire, at, texts.outerMiddle);
    }
    at = put(wire, at, texts.head);
    at = putId(wire, at, id, group.idLength);
    at = put(wire, at, texts.middle);
    for (let next = group.from; next < group.to; next++) {
      if (next > group.from) at = put(wire, at, texts.between);
      const [start, end] = [startOf(next), startOf(next + 1) - 1];
      wire.copyWithin(at, start, end);
      at += end - start;
    }
    at = put(wire, at, texts.tail);
  }
  return { wire, frames: groups.length, events: lines.length };
}

/** How the lines fall into frames, by the rules of `writeEventFrames`. */
function groupsOf({ bytes, starts }: LineRun, batch: number, maxMessageBytes: number): Group[] | undefined {
  const groups: Group[] = [];
  const count = starts.length - 1;
  const around = EVENTS_HEAD.length + EVENTS_MIDDLE.length + EVENTS_TAIL.length;
  let [from, groupBytes, lastId] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const start = starts[at] ?? 0;
    const length = (starts[at + 1] ?? 0) - 1 - start;
    const idLength = idLengthOf(bytes, start);
    const overhead = idLength + around;
    if (idLength === 0 || length + overhead > maxMessageBytes) return undefined;
    const isFull = at - from >= batch || groupBytes + 2 * (at - from) + length + 2 + overhead > maxMessageBytes;
    if (at > from && isFull) {
      groups.push({ from, to: at, bytes: groupBytes, idLength: lastId });
      from = at;
      groupBytes = 0;
    }
    groupBytes += length;
    lastId = idLength;
  }
  if (count > from) groups.push({ from, to: count, bytes: groupBytes, idLength: lastId });
  return groups;
}

/** Length of the id that a line begins with; 0 where it does not. */
function idLengthOf(bytes: Buffer, start: number): number {
  for (let at = 0; at < LINE_ID.length; at++) if (bytes[start + at] !== LINE_ID[at]) return 0;
  const from = start + LINE_ID.length;
  for (let length = LEAST_ID; length <= MAX_ID; length++) if (bytes[from + length] === QUOTE) return length;
  return 0;
}

function payloadBytes({ from, to, bytes, idLength }: Group, { head, middle, between, tail }: Texts): number {
  return head.length + idLength + middle.length + bytes + (to - from - 1) * between.length + tail.length;
}

function outerBytes({ idLength }: Group, { outerHead, outerMiddle }: Texts): number {
  return outerHead.length + idLength + outerMiddle.length;
}

/** Up to so many bytes are put one by one: the call that puts all at once takes as long as that. */
const FEW = 8;

function put(wire: Buffer, at: number, bytes: Uint8Array): number {
  if (bytes.length > FEW) wire.set(bytes, at);
  else for (let next = 0; next < bytes.length; next++) wire[at + next] = bytes[next] ?? 0;
  return at + bytes.length;
}

/** Puts what stands at `from`, further behind. */
function putId(wire: Buffer, at: number, from: number, length: number): number {
  for (let next = 0; next < length; next++) wire[at + next] = wire[from + next] ?? 0;
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
