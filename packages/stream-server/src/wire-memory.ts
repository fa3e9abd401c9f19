/** As many stretches are kept for the next: about as many subscribers as one turn of the event loop serves. */
const MAX_FREE = 4;
const MAX_BYTES = 1024 * 1024;
const STEP_BYTES = 16 * 1024;

/**
 * Memory for bytes that one subscriber alone gets, used again once its socket has taken them: fresh buffers for every batch lie outside of the engine's heap, and it would
 * collect all of it again and again to get rid of them.
 */
export class WireMemory {
  readonly #free: ArrayBuffer[] = [];

  /** Room for exactly so many bytes, and the way to give it back: at most once, when nobody looks at it any more. */
  room(bytes: number): { readonly room: Buffer; readonly release: () => void } {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [found = new ArrayBuffer(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES)] =
      at < 0 ? [] : this.#free.splice(at, 1);
    const release = (): void => {
      if (found.byteLength > MAX_BYTES) return;
      this.#free.push(found);
      if (this.#free.length > MAX_FREE) this.#free.shift();
    };
    return { room: Buffer.from(found, 0, bytes), release };
  }
}
