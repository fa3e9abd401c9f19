import { gzipCompress, zstdCompress } from "./compress.ts";
import type { Frame } from "./frame-writer.ts";
import type { Compression } from "./request-options.ts";

/** How frames go over a connection. */
export interface WireForm {
  readonly transport: "websocket" | "sse";
  readonly compress: Compression;
}

const TEXT = 0x81;
const BINARY = 0x82;
const DATA = Buffer.from("data: ");
const LINE_FEED = 0x0a;

/** The bytes of some frames, whole, in one buffer: one call of the system for all of them. */
export async function toWire(frames: readonly Frame[], { transport, compress }: WireForm): Promise<Buffer> {
  if (transport === "sse") return Buffer.concat(frames.flatMap(toServerSentEvent));
  const pack = compress === "zstd" ? zstdCompress : compress === "gzip" ? gzipCompress : undefined;
  const pieces: Buffer[] = [];
  for (const { payload } of frames) {
    const body = pack === undefined ? payload : await pack(payload);
    pieces.push(frameHead(body.length, pack === undefined ? TEXT : BINARY), body);
  }
  return Buffer.concat(pieces);
}

/** The head of a final, unmasked frame. Source: RFC 6455, section 5.2. */
function frameHead(length: number, first: number): Buffer {
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** An event of a stream of them; its text on as many lines as it has. Source: the HTML standard, section 9.2. */
function toServerSentEvent({ payload, cursor }: Frame): Buffer[] {
  const pieces: Buffer[] = cursor === undefined ? [] : [Buffer.from(`id: ${cursor}\n`)];
  for (let start = 0; start <= payload.length;) {
    const found = payload.indexOf(LINE_FEED, start);
    const end = found < 0 ? payload.length : found;
    pieces.push(DATA, payload.subarray(start, end), NEWLINE);
    start = end + 1;
  }
  pieces.push(NEWLINE);
  return pieces;
}

const NEWLINE = Buffer.from("\n");
