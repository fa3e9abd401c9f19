import { randomBytes } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { afterEach, expect, test, vi } from "vitest";
import { ioBuffer } from "../src/io-buffer.ts";

const MEBIBYTE = 1024 * 1024;
const PAGE = 4096n;
/** Larger mappings of a process are reserved, and hardly used. */
const MOST_MAPPED = 64 * MEBIBYTE;

afterEach(() => {
  vi.unstubAllGlobals();
});

test.skipIf(process.platform !== "linux")(
  "a large buffer begins with a page, the first and every later one",
  async () => {
    for (let n = 0; n < 3; n++) {
      const buffer = ioBuffer(MEBIBYTE);
      expect(buffer.length).toBe(MEBIBYTE);
      expect((await addressOf(buffer)) % PAGE, `buffer ${n}`).toBe(0n);
    }
  },
);

test("a buffer has the length that was asked for, whatever is to be had", () => {
  for (const size of [1, 4096, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1]) expect(ioBuffer(size).length).toBe(size);
  vi.stubGlobal("WebAssembly", undefined);
  expect(ioBuffer(MEBIBYTE).length).toBe(MEBIBYTE);
});

/** Where in memory a buffer begins: the system is asked where the bytes stand that are put at its beginning. */
async function addressOf(buffer: Buffer): Promise<bigint> {
  const mark = randomBytes(32);
  mark.copy(buffer);
  await using memory = await open("/proc/self/mem");
  const copy = Buffer.alloc(MOST_MAPPED);
  for (const line of (await readFile("/proc/self/maps", "utf8")).split("\n")) {
    const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    const start = BigInt(`0x${from}`);
    const length = Number(BigInt(`0x${to}`) - start);
    if (length === 0 || length > MOST_MAPPED) continue;
    const bytesRead = await readable(memory, copy, length, start);
    for (let at = copy.indexOf(mark); at >= 0 && at < bytesRead; at = copy.indexOf(mark, at + 1))
      if (await isAt(buffer, memory, start + BigInt(at))) return start + BigInt(at);
  }
  throw new Error("the buffer was not found");
}

/** How much of a mapping could be read; of some nothing can. */
async function readable(memory: FileHandle, into: Buffer, length: number, position: bigint): Promise<number> {
  try {
    return (await memory.read({ buffer: into, length, position: Number(position) })).bytesRead;
  } catch {
    return 0;
  }
}

/** Whether it is the buffer itself that stands there, and no copy. */
async function isAt(buffer: Buffer, memory: FileHandle, position: bigint): Promise<boolean> {
  const found = Buffer.alloc(1);
  buffer[0] = ((buffer[0] ?? 0) + 1) % 256;
  await memory.read({ buffer: found, position: Number(position) });
  buffer[0] = (buffer[0] + 255) % 256;
  return found[0] === (buffer[0] + 1) % 256;
}
