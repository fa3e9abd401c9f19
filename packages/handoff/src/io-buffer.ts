/** For less, the time that mapping memory takes is more than what it saves. */
const MIN_MAPPED = 1024 * 1024;

const WASM_PAGE = 64 * 1024;

/** What of `WebAssembly` is in use; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/**
 * A buffer to read files into, in bytes; what it holds is undefined. A large one is mapped, and so begins with a page: some bytes into a page, recent AMD cores copy with `rep movsb`,
 * which the kernel reads files with, at a fifth of their speed. What malloc(3) gives begins 16 bytes into one, and anywhere once others have been given back. Nothing else in
 * Node maps memory that every API takes; where it cannot be had, malloc's is as good but for its speed.
 */
export function ioBuffer(size: number): Buffer {
  if (size < MIN_MAPPED) return Buffer.allocUnsafeSlow(size);
  const pages = Math.ceil(size / WASM_PAGE);
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, size);
  } catch {
    return Buffer.allocUnsafeSlow(size); // no address space is left, or the engine runs without its compiler
  }
}
