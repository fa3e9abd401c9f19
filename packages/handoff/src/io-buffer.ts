/**
 * What malloc(3) gives for a large buffer begins 16 bytes into a page. Into the first 32 bytes of a page, the byte count of a line apart from the source's, recent AMD cores copy with
 * `rep movsb`, which the kernel reads files with, at a fifth of their speed: 128 MiB from the page cache took 50 ms there, and 11 ms a line further on.
 */
const BEYOND_BYTES = 64;

/** A buffer to read files into, in bytes; what it holds is undefined. */
export function ioBuffer(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size + BEYOND_BYTES).subarray(BEYOND_BYTES);
}
