type Write = (this: Buffer, text: string, start: number, maxBytes: number) => number;

// Node's types do not know it, and its documentation does not promise it: where it is missing, write() takes the same arguments.
const direct: unknown = Reflect.get(Buffer.prototype, "utf8Write") ?? Reflect.get(Buffer.prototype, "write");
const write = direct as Write;

/**
 * Writes the text, as UTF-8, into the bytes at `start`, as much of it as fits; returns how many bytes that was. `Buffer.write()` ends in
 * the same call, after it has looked at its arguments, which costs a short line a quarter more.
 */
export function writeUtf8(bytes: Buffer, text: string, start: number): number {
  return write.call(bytes, text, start, bytes.length - start);
}
