import type { Labels } from "./label.ts";

/** Where labels end: those that the finder has come upon in the window that is looked at, and others when they are asked for. */
export class FoundLabels {
  readonly #labels: Labels;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #count = 0;
  /** The first that may be asked for next: most are asked for in order. */
  #next = 0;
  #askedAt = -1;
  #askedEnd = -1;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  /** Begins with a new window. */
  begin(): void {
    this.#count = 0;
    this.#next = 0;
  }

  /** Begins to be asked about another text. */
  forget(): void {
    this.#askedAt = -1;
  }

  /** Where the label ends that may begin at `start`, which is at `place` of bytes that are known up to `to`; -1 where none does. Those of a window come in order. */
  note(text: string, start: number, bytes: Uint8Array, place: number, to: number): number {
    const inBytes = place < 0 ? -1 : this.#labels.endInBytes(bytes, place, to);
    const end = inBytes < 0 ? this.#labels.endOf(text, start) : start - place + inBytes;
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = end;
    return end;
  }

  /** Where the label ends that begins at the bracket at `at`, -1 if none does. */
  endOf(text: string, at: number): number {
    if (at === this.#askedAt) return this.#askedEnd;
    let i = this.#next;
    while (i < this.#count && (this.#starts[i] as number) < at) i++; // in bounds
    this.#next = i;
    this.#askedAt = at;
    this.#askedEnd =
      i < this.#count && this.#starts[i] === at ? (this.#ends[i] as number) : this.#labels.endOf(text, at);
    return this.#askedEnd;
  }
}
