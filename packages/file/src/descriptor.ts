import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { CHUNK_BYTES } from "./chunk.ts";

/** pipe(7), PIPE_BUF on Linux: a write of so many bytes goes into a pipe whole, or not at all. */
const ATOMIC_PIPE_BYTES = 4096;

/** An open descriptor that lines are written to, and what it is. */
export interface Descriptor {
  /** Device and inode: the same for two descriptors of one pipe or file. */
  readonly identity: string;
  /**
   * How many bytes of several lines one write may have. Small for a pipe, so that lines of others who write to it, too
   * (`console.log`, a child process), fall between ours and not into them.
   */
  readonly chunkBytes: number;
  /** Writes what there is room for; throws the system's error, EAGAIN when there is none. */
  write(bytes: Uint8Array, start: number, length: number): number;
  close(): void;
}

/**
 * Opens a descriptor of the process for writing. A pipe is opened anew where Linux and its permissions allow it, so that a
 * reader who stalls cannot stop the event loop and nobody else's descriptor changes its mode; elsewhere a write waits for
 * the reader, as that of `console.log` does. Throws the system's error.
 */
export function openDescriptor(fd: number): Descriptor {
  const stats = fstatSync(fd, { bigint: true });
  const isPipe = stats.isFIFO();
  const own = isPipe ? reopen(fd) : undefined;
  return {
    identity: `${stats.dev}:${stats.ino}`,
    chunkBytes: isPipe || stats.isSocket() ? ATOMIC_PIPE_BYTES : CHUNK_BYTES,
    write: (bytes, start, length) => writeSync(own ?? fd, bytes, start, length),
    close: () => {
      if (own !== undefined) closeSync(own);
    },
  };
}

function reopen(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined; // no /proc, or a pipe that another user made
  }
}
