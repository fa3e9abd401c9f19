import { OutputBuffer } from "./output-buffer.ts";
import type { LineText } from "./line-text.ts";

const TWO_32 = 2 ** 32;

/** How many bytes a varint takes. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/**
 * Writes the wire format of protocol buffers. A message whose length is not known before is written behind one byte that is kept for it,
 * and moved when that is too small: most are shorter than 128 bytes, and nothing is measured twice.
 * Source: Protocol Buffers documentation, "Encoding".
 */
export class ProtoWriter {
  readonly out: OutputBuffer;
  readonly #number = new DataView(new ArrayBuffer(8));

  constructor(text: LineText) {
    this.out = new OutputBuffer(text);
  }

  /** A number from 0 to 2^53. */
  varint(value: number): void {
    const { out } = this;
    if (value < 0x80) return out.byte(value);
    let rest = value;
    while (rest >= 0x80) {
      out.byte((rest & 0x7f) | 0x80);
      rest = rest < TWO_32 ? rest >>> 7 : Math.floor(rest / 128);
    }
    return out.byte(rest);
  }

  /** A signed 64-bit integer in two's complement. */
  int64(low: number, high: number): void {
    const { out } = this;
    let lo = low >>> 0;
    let hi = high >>> 0;
    while (hi > 0 || lo >= 0x80) {
      out.byte((lo & 0x7f) | 0x80);
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    out.byte(lo);
  }

  fixed32(value: number): void {
    const { bytes, at } = this.out;
    bytes[at] = value & 0xff;
    bytes[at + 1] = (value >>> 8) & 0xff;
    bytes[at + 2] = (value >>> 16) & 0xff;
    bytes[at + 3] = value >>> 24;
    this.out.at = at + 4;
  }

  fixed64(low: number, high: number): void {
    this.fixed32(low);
    this.fixed32(high);
  }

  double(value: number): void {
    this.#number.setFloat64(0, value, true);
    this.fixed32(this.#number.getUint32(0, true));
    this.fixed32(this.#number.getUint32(4, true));
  }

  /** The text's length and the text. */
  text(from: number, to: number, escaped: boolean): void {
    if (escaped) {
      const mark = this.begin();
      this.out.unescape(from, to);
      this.end(mark);
    } else {
      this.varint(to - from);
      this.out.copy(from, to);
    }
  }

  ascii(text: string): void {
    this.varint(text.length);
    this.out.ascii(text);
  }

  /** Begins a message; what it gives is for {@link ProtoWriter.end}. */
  begin(): number {
    this.out.at += 1;
    return this.out.at;
  }

  /** Ends the message that begins at `mark`: its length is written before it. */
  end(mark: number): void {
    const { out } = this;
    const length = out.at - mark;
    if (length < 0x80) {
      out.bytes[mark - 1] = length;
      return;
    }
    const more = varintSize(length) - 1;
    out.bytes.copyWithin(mark + more, mark, out.at);
    out.at = mark - 1;
    this.varint(length);
    out.at += length;
  }
}
