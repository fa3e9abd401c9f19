import { expect, test } from "vitest";
import { ChunkMemory, PlainSource } from "../src/chunk-source.ts";
import type { OpenJournalFile } from "../src/journal-files.ts";

const EMPTY = Buffer.alloc(0);
const CHUNK = 256 * 1024;

/** A file that the test changes while it is read, and how often it was asked for its size. */
class ToyFile implements OpenJournalFile {
  bytes: Buffer;
  looks = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  readonly readAt = (buffer: Buffer, position: number): Promise<number> =>
    Promise.resolve(this.bytes.subarray(position, position + buffer.length).copy(buffer));

  size(): Promise<number> {
    this.looks += 1;
    return Promise.resolve(this.bytes.length);
  }

  isAt(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async *unpacked(): AsyncGenerator<Buffer> {
    yield* [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test("a file being written is asked for its size when less than a chunk is left of what was seen", async () => {
  const file = new ToyFile(Buffer.alloc(CHUNK * 5 + 10, "x"));
  const source = new PlainSource(file, 0, true, new ChunkMemory(undefined));
  let read = 0;
  for (let next = await source.more(EMPTY); next !== undefined; next = await source.more(EMPTY)) read += next.length;
  expect(read).toBe(file.bytes.length);
  expect(file.looks).toBe(3); // at first, before the rest, and at the end
  file.bytes = Buffer.concat([file.bytes, Buffer.from("more")]);
  expect(String(await source.more(EMPTY))).toBe("more");
});

test.each([
  ["to less than was read", CHUNK - 5],
  ["to exactly what was read", CHUNK],
])("a file that is cut off %s, within what was seen of it, is noticed", async (_, length) => {
  const file = new ToyFile(Buffer.alloc(CHUNK * 4, "x"));
  const source = new PlainSource(file, 0, true, new ChunkMemory(undefined));
  await source.more(EMPTY);
  expect(source.hasChunk).toBe(true);
  file.bytes = file.bytes.subarray(0, length);
  expect(await source.more(EMPTY)).toBe("shrunk");
});

test("a half line whose rest is cut off, within what was seen, is read again with what is written in its place", async () => {
  const file = new ToyFile(Buffer.alloc(CHUNK * 4, "x"));
  const source = new PlainSource(file, 0, true, new ChunkMemory(undefined));
  const first = await source.more(EMPTY);
  const leftover = (first as Buffer).subarray(CHUNK - 100);
  // Shorter than what was read, but longer than the leftover: the reader cannot go on.
  file.bytes = file.bytes.subarray(0, CHUNK - 50);
  expect(await source.more(leftover)).toBe("shrunk");
  file.bytes = Buffer.concat([file.bytes.subarray(0, CHUNK - 100), Buffer.alloc(CHUNK, "y")]);
  expect(String(await source.more(leftover)).startsWith("yyy")).toBe(true);
});

test("a half line behind which all was cut off, within what was seen, waits for what comes", async () => {
  const file = new ToyFile(Buffer.alloc(CHUNK * 4, "x"));
  const source = new PlainSource(file, 0, true, new ChunkMemory(undefined));
  const first = await source.more(EMPTY);
  const leftover = (first as Buffer).subarray(CHUNK - 100);
  file.bytes = file.bytes.subarray(0, CHUNK);
  expect(await source.more(leftover)).toBeUndefined();
  expect(source.hasChunk).toBe(false);
  file.bytes = Buffer.concat([file.bytes, Buffer.from("yyy")]);
  expect(String(await source.more(leftover))).toBe(`${"x".repeat(100)}yyy`);
});
