import type { LineText } from "./line-text.ts";
import { hexDigit } from "./unescape.ts";

/** Thrown by scanners, and caught by {@link LineScanner}; made once, for it has nothing to say. */
export const NOT_A_LINE: Error = new Error("not a line");

const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;

/** Reads the tokens of JSON text, each where the one before it ended. Everything that is not JSON throws {@link NOT_A_LINE}. */
export class TextScanner {
  readonly text: LineText;
  at = 0;
  /** Of the string read last. */
  from = 0;
  to = 0;
  escaped = false;

  constructor(text: LineText) {
    this.text = text;
  }

  /** The next byte that is no white space; it is not taken. */
  peek(): number {
    const { bytes } = this.text;
    let byte = bytes[this.at] ?? 0;
    while (byte <= SPACE && (byte === SPACE || byte === 10 || byte === 13 || byte === 9)) {
      this.at += 1;
      byte = bytes[this.at] ?? 0;
    }
    return byte;
  }

  /** Takes this byte, which must be the next one. */
  take(byte: number): void {
    if (this.peek() !== byte) throw NOT_A_LINE;
    this.at += 1;
  }

  /** Takes the next string: `from`, `to` and `escaped` say what stands between its quotes. */
  string(): void {
    if (this.peek() !== QUOTE) throw NOT_A_LINE;
    const { bytes } = this.text;
    let i = this.at + 1;
    this.from = i;
    this.escaped = false;
    for (;;) {
      const byte = bytes[i] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        this.escaped = true;
        i = escapeEnd(bytes, i);
      } else {
        // The zero behind the text ends here too.
        if (byte < SPACE) throw NOT_A_LINE;
        i += 1;
      }
    }
    this.to = i;
    this.at = i + 1;
  }

  /** Whether the string read last is this ASCII text. */
  is(text: string): boolean {
    const { bytes } = this.text;
    if (this.to - this.from !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (bytes[this.from + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Takes `true`, `false` or `null`. */
  word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.text.bytes[this.at + i] !== word.charCodeAt(i)) throw NOT_A_LINE;
    }
    this.at += word.length;
  }

  /** Takes a value of any kind without looking at what it says. */
  skip(depth: number): void {
    const byte = this.peek();
    if (byte === QUOTE) return this.string();
    if (byte === 123 || byte === 91) {
      if (depth === 0) throw NOT_A_LINE;
      const end = byte + 2;
      this.at += 1;
      if (this.peek() === end) {
        this.at += 1;
        return undefined;
      }
      for (;;) {
        if (byte === 123) {
          this.string();
          this.take(58);
        }
        this.skip(depth - 1);
        if (this.peek() === end) break;
        this.take(44);
      }
      this.at += 1;
      return undefined;
    }
    if (byte === 116) return this.word("true");
    if (byte === 102) return this.word("false");
    if (byte === 110) return this.word("null");
    this.at = numberEnd(this.text.bytes, this.at);
    return undefined;
  }
}

/** The offset behind the escape that begins at `at`. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1] ?? 0;
  if (kind === 117) {
    for (let i = at + 2; i < at + 6; i++) if (hexDigit(bytes[i] ?? 0) < 0) throw NOT_A_LINE;
    return at + 6;
  }
  // " \ / b f n r t
  const isKnown =
    kind === 34 ||
    kind === 92 ||
    kind === 47 ||
    kind === 98 ||
    kind === 102 ||
    kind === 110 ||
    kind === 114 ||
    kind === 116;
  if (!isKnown) throw NOT_A_LINE;
  return at + 2;
}

/** The offset behind the number that begins at `at`. Source: RFC 8259, section 6. */
export function numberEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  if (bytes[i] === 45) i += 1;
  i = bytes[i] === 48 ? i + 1 : digitsEnd(bytes, i);
  if (bytes[i] === 46) i = digitsEnd(bytes, i + 1);
  if (bytes[i] === 101 || bytes[i] === 69) {
    i += 1;
    if (bytes[i] === 43 || bytes[i] === 45) i += 1;
    i = digitsEnd(bytes, i);
  }
  return i;
}

/** The offset behind at least one digit. */
function digitsEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = bytes[i] ?? 0;
    if (byte < 48 || byte > 57) break;
    i += 1;
  }
  if (i === at) throw NOT_A_LINE;
  return i;
}
