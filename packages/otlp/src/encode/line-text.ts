import type { EventLine } from "@plumbline/core";

/** More than this is given back once a large line has been read. */
const KEPT_BYTES = 1024 * 1024;
const ID = '{"id":"';

/**
 * The UTF-8 bytes of the text that is being scanned: where they stand already, or in a buffer of its own that is used again for the next. Behind the last
 * stands a control character, which ends whatever it is in.
 */
export class LineText {
  bytes: Buffer = Buffer.allocUnsafe(4096);
  /** Where the text begins, and where it ends. */
  start = 0;
  end = 0;
  #own: Buffer = this.bytes;
  #view: DataView = viewOf(this.bytes);

  /** Takes a line's text, to be read in this tick. A lone surrogate becomes U+FFFD. */
  load(line: EventLine): void {
    const { utf8 } = line;
    if (utf8 === undefined) return this.#encode(line);
    this.#use(utf8.bytes);
    this.start = utf8.start;
    this.end = utf8.end;
    return undefined;
  }

  /** Lets go of what belongs to others. */
  release(): void {
    this.#use(this.#own);
  }

  #encode(line: EventLine): void {
    const { rest } = line;
    this.#use(this.#own);
    this.start = 0;
    if (rest === undefined) {
      const text = line.line;
      this.#reserve(text.length);
      this.#write(text, 0);
    } else {
      // As `line` has it, without the text that would be made of both.
      const { id } = line;
      this.#reserve(rest.length + (id === undefined ? 1 : ID.length + id.length + 2));
      this.#write(
        rest,
        id === undefined ? this.#ascii("{", 0) : this.#ascii('",', this.#ascii(id, this.#ascii(ID, 0))),
      );
    }
  }

  /** Makes room for UTF-8, which takes three bytes at most for a UTF-16 code unit. */
  #reserve(length: number): void {
    const most = length * 3 + 1;
    if (this.#own.length >= most && (this.#own.length <= KEPT_BYTES || most >= KEPT_BYTES)) return;
    this.#own = Buffer.allocUnsafe(Math.max(4096, most));
    this.#use(this.#own);
  }

  #use(bytes: Buffer): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  #write(text: string, at: number): void {
    this.end = at + this.bytes.write(text, at, "utf8");
    this.bytes[this.end] = 0;
  }

  #ascii(text: string, at: number): number {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    return at + text.length;
  }

  /** Whether these bytes end the text. Several times quicker than a string's `endsWith`, and than a call into native code. */
  endsWith(bytes: DataView): boolean {
    const view = this.#view;
    const count = bytes.byteLength;
    const from = this.end - count;
    if (from < this.start) return false;
    let i = 0;
    for (; i + 4 <= count; i += 4) if (view.getInt32(from + i, true) !== bytes.getInt32(i, true)) return false;
    for (; i < count; i++) if (view.getUint8(from + i) !== bytes.getUint8(i)) return false;
    return true;
  }

  /** A copy of the text from this byte to its end. */
  tail(from: number): DataView {
    return viewOf(Buffer.from(this.bytes.subarray(from, this.end)));
  }

  /** The text from one byte to before another, which must be ASCII. */
  ascii(from: number, to: number): string {
    return this.bytes.toString("latin1", from, to);
  }

  text(from: number, to: number): string {
    return this.bytes.toString("utf8", from, to);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
