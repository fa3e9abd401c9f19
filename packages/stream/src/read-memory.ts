/** One stretch: a chunk of a file, and in front of it what was left over of the one before. */
const STRETCH_BYTES = 320 * 1024;
/** So many are kept: as many as four subscriptions read into by turns. */
const MAX_FREE = 8;

/**
 * Memory that subscriptions read files into, and give back when they have come to the present, rest, or are closed: fresh buffers lie outside of the engine's heap, and it
 * collects all of it again and again to get rid of them. One serves any number of subscriptions of one thread; see `memory` of `SubscribeOptions`.
 */
export class ReadMemory {
  readonly #free: Buffer[] = [];

  /** At least so many bytes, for one subscription alone. */
  take(bytes: number): Buffer {
    if (bytes > STRETCH_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(STRETCH_BYTES);
  }

  /** Takes back what was taken from here, at most once, when nobody looks at it any more. */
  give(taken: Buffer): void {
    if (taken.length === STRETCH_BYTES && this.#free.length < MAX_FREE) this.#free.push(taken);
  }
}

/** Memory for the subscriptions of one thread. Nothing is taken before the first of them reads. */
export function createReadMemory(): ReadMemory {
  return new ReadMemory();
}
