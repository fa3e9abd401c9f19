import type { LineText } from "./line-text.ts";
import { unescapeInto } from "./unescape.ts";

/** A buffer larger than this is given back after the request that needed it. */
const KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Shorter ranges are copied byte by byte: a call into native code costs more. */
const LOOP_BYTES = 64;

/** Bytes that are being written. It grows by {@link OutputBuffer.reserve} alone, which whoever writes calls before. */
export class OutputBuffer {
  bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  at = 0;
  readonly text: LineText;

  constructor(text: LineText) {
    this.text = text;
  }

  /** Begins anew. */
  clear(): void {
    this.at = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Makes room for so many more bytes. */
  reserve(count: number): void {
    const needed = this.at + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  byte(byte: number): void {
    this.bytes[this.at] = byte;
    this.at += 1;
  }

  /** Copies a range of the text. */
  copy(from: number, to: number): void {
    const target = this.bytes;
    const source = this.text.bytes;
    let at = this.at;
    if (to - from > LOOP_BYTES) {
      source.copy(target, at, from, to);
      at += to - from;
    } else {
      for (let i = from; i < to; i++) target[at++] = source[i] ?? 0;
    }
    this.at = at;
  }

  /** Copies a string of the text, without its escapes. */
  unescape(from: number, to: number): void {
    this.at = unescapeInto(this.text.bytes, from, to, this.bytes, this.at);
  }

  /** Writes short ASCII. */
  ascii(text: string): void {
    const target = this.bytes;
    let at = this.at;
    for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** What was written since, as bytes of their own; it is no longer here then. */
  cutOff(from: number): Buffer {
    const part = Buffer.from(this.bytes.subarray(from, this.at));
    this.at = from;
    return part;
  }
}
