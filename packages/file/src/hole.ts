import type { FileDriver } from "./file-driver.ts";

const READ_BYTES = 1024 * 1024;

/**
 * Notices that others have emptied the file between a look at it and the write behind its old end: the system has put NULs where the lines were. The file is as long
 * as it should be then; what tells is one byte of a line that is known to be there: its line feed, or what a new file begins with. An encoder's text that
 * begins with NUL would be taken for a hole there.
 */
export class Hole {
  readonly #driver: FileDriver;
  /** Where a byte of a line stands, as soon as the file is longer. */
  #known = 0;

  constructor(driver: FileDriver) {
    this.#driver = driver;
  }

  /** A file that ends in a whole line here, or has none yet. */
  watch(size: number): void {
    this.#known = Math.max(0, size - 1);
  }

  isIn(fd: number, size: number): boolean {
    if (size <= this.#known) return false;
    const byte = Buffer.alloc(1, 1);
    return this.#driver.readSync(fd, byte, this.#known) === 1 && byte[0] === 0;
  }

  /** Ends what is no line with a line feed, so that the line behind it is one. Gives where that begins. Rejects with the system's error. */
  async close(fd: number, size: number): Promise<number> {
    const end = await this.#end(fd, size);
    this.#driver.writeSync(fd, Buffer.from("\n"), 0, 1, end - 1);
    this.#known = end - 1;
    return end;
  }

  async #end(fd: number, size: number): Promise<number> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let at = this.#known; at < size;) {
      const count = await this.#driver.read(fd, buffer.subarray(0, Math.min(buffer.length, size - at)), at);
      if (count === 0) break;
      const first = buffer.subarray(0, count).findIndex((byte) => byte !== 0);
      if (first >= 0) return at + first;
      at += count;
    }
    return size;
  }
}
