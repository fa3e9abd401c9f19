type Write = (this: Buffer, text: string, start: number, maxBytes: number) => number;

// Node's types do not know it.
const direct: unknown = Reflect.get(Buffer.prototype, "utf8Write");
// What it is in every Node that has it; where one has it no more, write() takes the same arguments.
const write = typeof direct === "function" ? (direct as Write) : Buffer.prototype.write;

/**
 * Writes the text, as UTF-8, into the bytes at `start`, as much of it as fits; returns how many bytes that was. `Buffer.write()` ends in
 * the same call, after it has looked at its arguments, which takes a short line almost as long as its bytes.
 */
export function writeUtf8(bytes: Buffer, text: string, start: number): number {
  return write.call(bytes, text, start, bytes.length - start);
}
