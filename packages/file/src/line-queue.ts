import type { EventLine, SeverityNumber } from "@plumbline/core";

/** What a queue asks of what it holds. */
export type Weighed = Pick<EventLine, "severity" | "size">;

/** A position in a {@link LineQueue}: passed when every line that stood before it has left the queue. */
export interface QueueMark {
  position: number;
  readonly passed: () => void;
}

/** What a line takes in memory beside its text, about: its object, its place in the queue and what the collector keeps free. */
export const LINE_OVERHEAD_BYTES = 160;

/** Empty slots that are kept for the next lines. */
const MAX_KEPT_SLOTS = 8192;

/** How a queue weighs lines while they are few. */
export interface QuickWeight<Line> {
  /** Code units of a line, known without looking at its text. */
  readonly unitsOf: (line: Line) => number;
  /** Up to so much they are weighed so. */
  readonly maxBytes: number;
}

/**
 * Lines waiting for the gate, in order. It knows its size and never looks at a line's text. With a {@link QuickWeight}, the first lines count by
 * their length: asking for the size looks at the text, which is worth its time only for lines that pile up.
 *
 * Who decides what happens at the bound is the sink; this holds, counts, and throws out by severity when asked.
 */
export class LineQueue<Line extends EventLine> {
  readonly #keep: SeverityNumber | undefined;
  readonly #quick: QuickWeight<Line> | undefined;
  #isQuick: boolean;
  /** From the head to the tail; the slots around are empty. Kept when the queue is empty: one that grew anew with every batch would cost more than the lines. */
  #lines: (Line | undefined)[] = [];
  #head = 0;
  #tail = 0;
  #size = 0;
  #lowSize = 0;
  #left = 0;
  #marks: QueueMark[] = [];

  /** Lines below `keep` may be thrown out before others. */
  constructor(keep: SeverityNumber | undefined, quick?: QuickWeight<Line>) {
    this.#keep = keep;
    this.#quick = keep === undefined ? quick : undefined;
    this.#isQuick = this.#quick !== undefined;
  }

  /** Bytes of memory that the lines take, about. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#tail - this.#head;
  }

  /** Whether it stays within a bound with this line. A quick weight is at most half of what a line takes. */
  fits(line: Line, maxBytes: number): boolean {
    if (this.#isQuick && (this.#size + this.#weightOf(line)) * 2 <= maxBytes) return true;
    this.#weigh();
    return this.#size + weightOf(line) <= maxBytes;
  }

  push(line: Line): void {
    this.#lines[this.#tail++] = line;
    const weight = this.#weightOf(line);
    this.#size += weight;
    if (this.#keep !== undefined && line.severity < this.#keep) this.#lowSize += weight;
    if (this.#quick !== undefined && this.#isQuick && this.#size > this.#quick.maxBytes) this.#weigh();
  }

  /** From now on, until it is empty, every line counts with its size. */
  #weigh(): void {
    if (!this.#isQuick) return;
    this.#isQuick = false;
    this.#size = 0;
    for (let at = this.#head; at < this.#tail; at++) {
      const line = this.#lines[at];
      if (line !== undefined) this.#size += weightOf(line);
    }
  }

  /** The oldest line. */
  peek(): Line | undefined {
    return this.#lines[this.#head];
  }

  /** Takes the oldest line out. */
  shift(): Line | undefined {
    const line = this.#lines[this.#head];
    if (line === undefined) return undefined;
    const weight = this.#weightOf(line);
    this.#size -= weight;
    if (this.#keep !== undefined && line.severity < this.#keep) this.#lowSize -= weight;
    // The slot is emptied at once: a backlog of large lines must not stay reachable behind the head.
    this.#lines[this.#head] = undefined;
    this.#head += 1;
    this.#left += 1;
    if (this.#head === this.#tail) {
      if (this.#tail > MAX_KEPT_SLOTS) this.#lines = [];
      this.#head = 0;
      this.#tail = 0;
      this.#isQuick = this.#quick !== undefined;
    } else if (this.#head >= 4096 && this.#head * 2 >= this.#tail) {
      this.#lines = this.#lines.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    if (this.#marks.length > 0) this.#passMarks();
    return line;
  }

  /** Calls `passed` when everything that is queued now has left. */
  mark(passed: () => void): QueueMark {
    const mark = { position: this.#left + this.count, passed };
    this.#marks.push(mark);
    return mark;
  }

  unmark(mark: QueueMark): void {
    this.#marks = this.#marks.filter((each) => each !== mark);
  }

  /** Bytes of memory that the lines below `keep` take, about. */
  get lowSize(): number {
    return this.#lowSize;
  }

  /** Throws out lines below `keep`, the oldest first, until `size` is freed or none is left. Returns those thrown out. */
  dropLow(size: number): readonly Line[] {
    const keep = this.#keep;
    if (keep === undefined || this.#lowSize === 0) return [];
    const dropped: Line[] = [];
    const kept: (Line | undefined)[] = [];
    const moved = this.#marks.map(() => 0);
    let freed = 0;
    for (let at = this.#head; at < this.#tail; at++) {
      const line = this.#lines[at];
      if (line === undefined) continue;
      if (freed >= size || line.severity >= keep) {
        kept.push(line);
        continue;
      }
      freed += weightOf(line);
      dropped.push(line);
      // Marks behind it move up by one.
      const position = this.#left + at - this.#head;
      for (const [index, mark] of this.#marks.entries()) {
        if (mark.position > position) moved[index] = (moved[index] ?? 0) + 1;
      }
    }
    for (const [index, mark] of this.#marks.entries()) mark.position -= moved[index] ?? 0;
    this.#lines = kept;
    this.#head = 0;
    this.#tail = kept.length;
    this.#size -= freed;
    this.#lowSize -= freed;
    this.#passMarks();
    return dropped;
  }

  #weightOf(line: Line): number {
    return this.#isQuick && this.#quick !== undefined
      ? this.#quick.unitsOf(line) + LINE_OVERHEAD_BYTES
      : weightOf(line);
  }

  #passMarks(): void {
    // In order of position: each was set at the end of the queue, and positions only ever move up together.
    let passed = 0;
    while (passed < this.#marks.length && (this.#marks[passed]?.position ?? 0) <= this.#left) passed += 1;
    if (passed === 0) return;
    const now = this.#marks.slice(0, passed);
    this.#marks = this.#marks.slice(passed);
    for (const mark of now) mark.passed();
  }
}

function weightOf(line: EventLine): number {
  return line.size + LINE_OVERHEAD_BYTES;
}
