/**
 * What of a text is taken by secrets that were found, so that nobody reads it again: the last of them, and the one that reaches furthest. A header may take all that
 * follows, and the next detector find a number before it.
 */
export class Taken {
  #start = -1;
  #end = -1;
  #farStart = -1;
  #farEnd = -1;

  clear(): void {
    this.#start = this.#end = this.#farStart = this.#farEnd = -1;
  }

  /** Where what is taken ends that the character at `at` belongs to; -1 where it belongs to nothing. */
  endAround(at: number): number {
    if (at < this.#end && at >= this.#start) return this.#end;
    return at < this.#farEnd && at >= this.#farStart ? this.#farEnd : -1;
  }

  /** The end of the last that ends at `at` or before it; -1 without one. */
  endBefore(at: number): number {
    const end = this.#end <= at ? this.#end : -1;
    return this.#farEnd <= at && this.#farEnd > end ? this.#farEnd : end;
  }

  overlaps(start: number, end: number): boolean {
    return (start < this.#end && end > this.#start) || (start < this.#farEnd && end > this.#farStart);
  }

  add(start: number, end: number): void {
    if (start < this.#end && end > this.#start) {
      this.#start = Math.min(start, this.#start);
      this.#end = Math.max(end, this.#end);
    } else if (start < this.#farEnd && end > this.#farStart) {
      this.#farStart = Math.min(start, this.#farStart);
      this.#farEnd = Math.max(end, this.#farEnd);
    } else {
      if (this.#end > this.#farEnd) {
        this.#farStart = this.#start;
        this.#farEnd = this.#end;
      }
      this.#start = start;
      this.#end = end;
    }
  }
}
