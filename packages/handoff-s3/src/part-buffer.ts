const FIRST_BYTES = 64 * 1024;

/** The bytes of one part, in memory that grows with them up to the part's size and is then used again. */
export class PartBuffer {
  readonly #partBytes: number;
  #memory: Buffer;
  #filled = 0;

  constructor(partBytes: number, expectedBytes: number | undefined) {
    this.#partBytes = partBytes;
    this.#memory = Buffer.allocUnsafeSlow(Math.min(partBytes, expectedBytes ?? FIRST_BYTES));
  }

  /** What it holds, until the next `clear`. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#filled);
  }

  get isFull(): boolean {
    return this.#filled === this.#partBytes;
  }

  /** Takes as much as fits; gives what it took, as it holds it. */
  take(chunk: Uint8Array): Uint8Array {
    const count = Math.min(chunk.length, this.#partBytes - this.#filled);
    const end = this.#filled + count;
    if (end > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#partBytes, Math.max(end, this.#memory.length * 2)));
      larger.set(this.bytes);
      this.#memory = larger;
    }
    this.#memory.set(chunk.subarray(0, count), this.#filled);
    const taken = this.#memory.subarray(this.#filled, end);
    this.#filled = end;
    return taken;
  }

  clear(): void {
    this.#filled = 0;
  }
}
