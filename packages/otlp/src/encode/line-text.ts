/** More than this is given back once a large line has been read. */
const KEPT_BYTES = 1024 * 1024;

/** The UTF-8 bytes of the text that is being scanned, in a buffer that is used again for the next. A zero byte stands behind the last. */
export class LineText {
  bytes: Buffer = Buffer.allocUnsafe(4096);
  /** How many bytes the text has. */
  length = 0;

  /** Takes a text. A lone surrogate becomes U+FFFD. */
  load(text: string): void {
    // UTF-8 takes three bytes at most for a UTF-16 code unit.
    const most = text.length * 3 + 1;
    if (this.bytes.length < most || (this.bytes.length > KEPT_BYTES && most < KEPT_BYTES)) {
      this.bytes = Buffer.allocUnsafe(Math.max(4096, most));
    }
    this.length = this.bytes.write(text, "utf8");
    this.bytes[this.length] = 0;
  }

  /** The text from one byte to before another, which must be ASCII. */
  ascii(from: number, to: number): string {
    return this.bytes.toString("latin1", from, to);
  }

  text(from: number, to: number): string {
    return this.bytes.toString("utf8", from, to);
  }
}
