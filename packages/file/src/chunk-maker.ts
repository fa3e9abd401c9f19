import { Chunk } from "./chunk.ts";
import { Flight } from "./flight.ts";
import type { LineSource } from "./line-source.ts";

const MAX_SPARE_CHUNKS = 2;
/**
 * So many are kept while somebody reads, and stay as they are while all who read keep up, so that they need not make bytes of the lines again. Who comes and falls behind
 * changes nothing in how many: memory that is given up for each of them and asked for again makes the engine collect all of it.
 */
const READ_CHUNKS = 8;
/** Whoever has more lines before him is behind: he finds none of them there. */
const READ_LINES = 8192;

/** Makes chunks of what the sources hold, source by source in turn, and gives the lines their numbers. */
export class ChunkMaker {
  #ready: LineSource[] = [];
  /** In the order in which they were written. */
  readonly #spare: Chunk[] = [];
  readonly #isReadWithin: (count: number) => boolean;
  #seq = 0;

  /** `isReadWithin` says whether there are readers, none of them with more lines before him than the count. */
  constructor(isReadWithin: (count: number) => boolean) {
    this.#isReadWithin = isReadWithin;
  }

  /** The number of the next line. */
  get nextSeq(): number {
    return this.#seq + 1;
  }

  /** The source whose turn it is. */
  get next(): LineSource | undefined {
    return this.#ready[0];
  }

  /** Says that a source has lines. */
  add(source: LineSource): void {
    if (!this.#ready.includes(source)) this.#ready.push(source);
  }

  /** Whoever may have lines, whether they said so or not. */
  addAll(sources: readonly LineSource[]): void {
    for (const source of sources) this.add(source);
  }

  /**
   * The next chunk, to be written at `position`: `undefined` when no source has a line, `full` when the next line does
   * not fit into a file of `maxBytes` any more. An empty file takes any line: it would not fit into the next one either.
   */
  make(position: number, maxBytes: number): Flight | "full" | undefined {
    for (let source = this.#ready[0]; source !== undefined; source = this.#ready[0]) {
      const chunk = this.#empty();
      const flight = new Flight(chunk, source, position, this.#seq + 1);
      const room = maxBytes - position;
      let put = source.put(chunk, this.#seq + 1, position === 0 ? Number.POSITIVE_INFINITY : room);
      while (put === "put") {
        this.#seq += 1;
        put = source.put(chunk, this.#seq + 1, room);
      }
      this.#ready.shift();
      if (put === "no-room") this.#ready.push(source);
      if (chunk.count > 0) return flight;
      this.#spare.unshift(chunk);
      if (put === "no-room") return "full";
    }
    return undefined;
  }

  /** Takes a chunk back for a later one. */
  recycle(chunk: Chunk): void {
    chunk.release();
    this.#spare.push(chunk);
    const most = this.#isReadWithin(Number.POSITIVE_INFINITY) ? READ_CHUNKS : MAX_SPARE_CHUNKS;
    while (this.#spare.length > most) this.#spare.shift()?.discard();
  }

  get #isRead(): boolean {
    return this.#isReadWithin(READ_LINES);
  }

  /** The oldest, where there are enough; with nobody to read, the newest, which the processor still has at hand. */
  #empty(): Chunk {
    const chunk = this.#isRead
      ? this.#spare.length < READ_CHUNKS
        ? undefined
        : this.#spare.shift()
      : this.#spare.pop();
    chunk?.clear();
    return chunk ?? new Chunk();
  }
}
