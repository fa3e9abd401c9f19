/** Head of the answer to an upgrade. */
const HEAD_END = Buffer.from("\r\n\r\n");
const EMPTY = Buffer.alloc(0);

/**
 * Cuts what a WebSocket server sends into payloads, which it gives as a place in a buffer: a reader that costs so little that the server is what is measured. No fragments,
 * no extensions; pings are left unanswered, as a cell is over before one counts.
 */
export class FrameReader {
  readonly #onPayload: (bytes: Buffer, start: number, end: number) => void;
  #rest: Buffer = EMPTY;
  #isOpen = false;

  constructor(onPayload: (bytes: Buffer, start: number, end: number) => void) {
    this.#onPayload = onPayload;
  }

  /** Takes a chunk; says whether the upgrade is answered. Throws where it was refused. */
  push(chunk: Buffer): boolean {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isOpen) {
      const head = bytes.indexOf(HEAD_END);
      if (head < 0) {
        this.#rest = bytes;
        return false;
      }
      const status = bytes.toString("latin1", 0, Math.min(head, 16));
      if (!status.startsWith("HTTP/1.1 101")) throw new Error(`the server answered ${status}`);
      this.#isOpen = true;
      bytes = bytes.subarray(head + HEAD_END.length);
    }
    this.#rest = bytes.subarray(this.#readFrames(bytes));
    return true;
  }

  /** Gives the payloads of whole frames; says where the first begins that is not whole. Source: RFC 6455, section 5.2. */
  #readFrames(bytes: Buffer): number {
    let at = 0;
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
