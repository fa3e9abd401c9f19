import type { EventLine, LineEncoder } from "@plumbline/core";
import { Chunk } from "./chunk.ts";
import type { Descriptor } from "./descriptor.ts";
import { LineQueue } from "./line-queue.ts";
import { plainText } from "./plain-text.ts";

/** Lines on their way to a descriptor: which are queued, and how much of the chunk at hand is out. Does no waiting. */
export class DescriptorWriter {
  readonly #encoder: LineEncoder | undefined;
  readonly #queue = new LineQueue<EventLine>(undefined);
  readonly #chunk = new Chunk();
  #out = 0;
  #pushed = 0;
  #written = 0;

  constructor(encoder: LineEncoder | undefined) {
    this.#encoder = encoder;
  }

  get isEmpty(): boolean {
    return this.#chunk.count === 0 && this.#queue.count === 0;
  }

  /** Lines that ever came. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Lines that are settled: out, or given up. */
  get written(): number {
    return this.#written;
  }

  push(line: EventLine): void {
    this.#queue.push(line);
    this.#pushed += 1;
  }

  /** Writes once, what there is room for. Throws the system's error; what is out then is remembered. */
  write(descriptor: Descriptor): void {
    if (this.#chunk.count === 0) this.#fill(descriptor.chunkBytes);
    const { bytes, length, count } = this.#chunk;
    if (count === 0) return;
    this.#out += descriptor.write(bytes, this.#out, length - this.#out);
    if (this.#out < length) return;
    this.#written += count;
    this.#chunk.clear();
    this.#out = 0;
  }

  /** Forgets everything. */
  drop(): void {
    this.#chunk.clear();
    this.#out = 0;
    while (this.#queue.shift() !== undefined) this.#written += 1;
  }

  /** As many whole lines as the limit allows, and one in any case. */
  #fill(limit: number): void {
    for (let line = this.#queue.peek(); line !== undefined; line = this.#queue.peek()) {
      const isFirst = this.#chunk.count === 0;
      if (!this.#chunk.addPlain(plainText(line, this.#encoder), isFirst ? Number.POSITIVE_INFINITY : limit)) return;
      this.#queue.shift();
    }
  }
}
