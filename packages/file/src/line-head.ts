const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const WORD_BYTES = 4;
const MAX_INT32 = 2 ** 31 - 1;

/** How a numbered line begins: `{"id":"<epoch>:<seq>",`. Written straight into a buffer, in words: it costs every line. */
export class LineHead {
  readonly #words: readonly number[];
  readonly #tail: readonly number[];

  constructor(epoch: string) {
    const bytes = Buffer.from(`{"id":"${epoch}:`, "latin1");
    const wordCount = Math.trunc(bytes.length / WORD_BYTES);
    this.#words = Array.from({ length: wordCount }, (_, index) => bytes.readUInt32LE(index * WORD_BYTES));
    this.#tail = [...bytes.subarray(wordCount * WORD_BYTES)];
  }

  /** The most that it takes. */
  get maxBytes(): number {
    return this.#words.length * WORD_BYTES + this.#tail.length + 16 + 2;
  }

  /** Writes it with the number, a positive integer, at `start`; returns where it ends. */
  write(view: DataView, start: number, seq: number): number {
    let at = start;
    for (const word of this.#words) {
      view.setUint32(at, word, true);
      at += WORD_BYTES;
    }
    for (const byte of this.#tail) view.setUint8(at++, byte);
    at = writeNumber(view, at, seq);
    view.setUint8(at, QUOTE);
    view.setUint8(at + 1, COMMA);
    return at + 2;
  }
}

function writeNumber(view: DataView, start: number, value: number): number {
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits += 1;
  const end = start + digits;
  let rest = value;
  let at = end - 1;
  for (; rest > MAX_INT32; at--) {
    const tenth = Math.floor(rest / 10);
    view.setUint8(at, ZERO + (rest - tenth * 10));
    rest = tenth;
  }
  // Integers of 32 bits divide several times as fast.
  for (let small = rest | 0; at >= start; at--) {
    const tenth = (small / 10) | 0;
    view.setUint8(at, ZERO + (small - tenth * 10));
    small = tenth;
  }
  return end;
}
