/** Head of the answer to an upgrade. */
const HEAD_END = Buffer.from("\r\n\r\n");
const FIRST_BYTES = 128 * 1024;

/**
 * Cuts what a WebSocket server sends into payloads, which it gives as a place in a buffer, its only one: a reader that costs so little, and leaves so little to the collector,
 * that the server is what is measured. No fragments, no extensions; pings are left unanswered, as a cell is over before one counts.
 */
export class FrameReader {
  readonly #onPayload: (bytes: Buffer, start: number, end: number) => void;
  #bytes = Buffer.alloc(FIRST_BYTES);
  /** So many of them have come and are not read yet. */
  #length = 0;
  #isOpen = false;

  constructor(onPayload: (bytes: Buffer, start: number, end: number) => void) {
    this.#onPayload = onPayload;
  }

  /** Where what comes next is to be put. */
  room(): Buffer {
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#length * 2);
    return this.#bytes.subarray(this.#length);
  }

  /** So many bytes have come into the room; says whether the upgrade is answered. Throws where it was refused. */
  came(count: number): boolean {
    const length = this.#length + count;
    const bytes = this.#bytes.subarray(0, length);
    let at = 0;
    if (!this.#isOpen) {
      const head = bytes.indexOf(HEAD_END);
      this.#length = length;
      if (head < 0) return false;
      const status = bytes.toString("latin1", 0, Math.min(head, 16));
      if (!status.startsWith("HTTP/1.1 101")) throw new Error(`the server answered ${status}`);
      this.#isOpen = true;
      at = head + HEAD_END.length;
    }
    at = this.#readFrames(bytes, at);
    this.#bytes.copyWithin(0, at, length);
    this.#length = length - at;
    return true;
  }

  /** Gives the payloads of whole frames; says where the first begins that is not whole. Source: RFC 6455, section 5.2. */
  #readFrames(bytes: Buffer, from: number): number {
    let at = from;
    while (at + 2 <= bytes.length) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (at + headBytes > bytes.length) break;
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      const start = at + headBytes;
      if (start + length > bytes.length) break;
      const isText = ((bytes[at] ?? 0) & 0x0f) === 1;
      if (isText) this.#onPayload(bytes, start, start + length);
      at = start + length;
    }
    return at;
  }
}
