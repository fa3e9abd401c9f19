import type { Transform } from "node:stream";
import { corruptPacking, createUnpacker, type Packing } from "./packing.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** Each step may unpack to a thousand times its size, and all of that is held. */
const STEP_BYTES = 16 * 1024;

/**
 * The unpacked bytes of a packed stream, of several members or frames too. Throws `PLB_JSONL_CORRUPT_GZIP` or
 * `PLB_JSONL_CORRUPT_ZSTD` after everything that could be unpacked was given, and `PLB_JSONL_NO_ZSTD` where this Node lacks
 * it.
 */
export async function* unpackChunks(
  chunks: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Buffer, void, undefined> {
  let unpacking = new Unpacking(packing);
  const frames = packing === "zstd" ? new ZstdFrames() : undefined;
  try {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += STEP_BYTES) {
        const step = chunk.subarray(from, from + STEP_BYTES);
        const pieces = frames === undefined ? [{ bytes: step, endsFrame: false }] : frames.take(step);
        if (pieces === undefined) throw corruptPacking(packing, new Error("What stands here is no zstd frame."));
        for (const { bytes, endsFrame } of pieces) {
          yield* unpacking.take(bytes);
          if (!endsFrame) continue;
          yield* unpacking.end();
          unpacking.destroy();
          unpacking = new Unpacking(packing);
        }
      }
    }
    if (frames === undefined) yield* unpacking.end();
    else if (!frames.isBetweenFrames) throw corruptPacking(packing, new Error("The last frame is cut short."));
  } finally {
    unpacking.destroy();
  }
}

/** One unpacker of Node's, in steps. What it gave before an error is given before the error is thrown, by the next step. */
class Unpacking {
  readonly #packing: Packing;
  readonly #unpacker: Transform;
  #ready: Buffer[] = [];
  #wake: () => void = () => undefined;

  constructor(packing: Packing) {
    this.#packing = packing;
    this.#unpacker = createUnpacker(packing);
    this.#unpacker.on("data", (chunk: Buffer) => this.#ready.push(chunk));
    // The error itself is read from `errored`, when all that was unpacked before it has been given.
    this.#unpacker.on("error", () => this.#wake());
  }

  async *take(bytes: Uint8Array): AsyncGenerator<Buffer, void, undefined> {
    await this.#settled((done) => this.#unpacker.write(bytes, () => done()));
    yield* this.#given();
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    await this.#settled((done) => this.#unpacker.once("end", done).end());
    yield* this.#given();
  }

  destroy(): void {
    this.#unpacker.destroy();
  }

  *#given(): Generator<Buffer, void, undefined> {
    const out = this.#ready;
    this.#ready = [];
    yield* out;
    if (this.#unpacker.errored !== null) throw corruptPacking(this.#packing, this.#unpacker.errored);
  }

  #settled(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      start(resolve);
    });
  }
}
