import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findTornTail, type ReadAt, type TornTail } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

/** Reads from memory, at most `most` bytes at once, and counts. */
function memory(bytes: Buffer, most = Number.MAX_SAFE_INTEGER): { readAt: ReadAt; read: () => number } {
  let total = 0;
  return {
    readAt: async (buffer, position) => {
      const count = bytes.copy(buffer, 0, position, Math.min(bytes.length, position + Math.min(most, buffer.length)));
      total += count;
      return count;
    },
    read: () => total,
  };
}

const find = (text: string | Buffer): Promise<TornTail | undefined> => {
  const bytes = Buffer.from(text as string);
  return findTornTail(memory(bytes).readAt, bytes.length);
};

/** Where the whole lines end, the slow way: lines are dropped from the end while the last has no end or holds a NUL. */
function wholeEnd(bytes: Buffer): number {
  const lines = bytes.toString("latin1").split(/(?<=\n)/);
  while (lines.length > 0 && (!lines.at(-1)?.endsWith("\n") || lines.at(-1)?.includes("\0"))) lines.pop();
  return lines.join("").length;
}

test("a file that ends with a whole line has no torn tail", async () => {
  for (const text of ["", "{}\n", "{}\n{}\n", "\n", "{}\n\n"]) expect(await find(text)).toBeUndefined();
});

test.each<[string, string | Buffer, TornTail]>([
  ["half a line", '{}\n{"a', { offset: 3, bytes: 3, kind: "no-newline" }],
  ["a line without its end", "{}\n{}", { offset: 3, bytes: 2, kind: "no-newline" }],
  ["nothing but half a line", '{"a', { offset: 0, bytes: 3, kind: "no-newline" }],
  ["NULs", "{}\n\0\0\0\0", { offset: 3, bytes: 4, kind: "nul" }],
  ["NULs inside half a line", '{}\n{"a\0\0', { offset: 3, bytes: 5, kind: "nul" }],
  ["NULs before a line that reached the disk", "{}\n\0\0\0{}\n", { offset: 3, bytes: 6, kind: "nul" }],
  ["lines with NULs, whole ones before", "{}\n{}\na\0\n\0\nb", { offset: 6, bytes: 6, kind: "nul" }],
  ["nothing but NULs", "\0\0", { offset: 0, bytes: 2, kind: "nul" }],
  ["a first line with NULs", "a\0\n", { offset: 0, bytes: 3, kind: "nul" }],
  ["half of é", Buffer.from([0x7b, 0x7d, 0x0a, 0x22, 0xc3]), { offset: 3, bytes: 2, kind: "half-character" }],
  ["two thirds of €", Buffer.from([0x0a, 0xe2, 0x82]), { offset: 1, bytes: 2, kind: "half-character" }],
  [
    "three quarters of an emoji",
    Buffer.from([0x0a, 0xf0, 0x9f, 0x98]),
    { offset: 1, bytes: 3, kind: "half-character" },
  ],
  ["a whole emoji", Buffer.from([0x0a, 0xf0, 0x9f, 0x98, 0x80]), { offset: 1, bytes: 4, kind: "no-newline" }],
  [
    "continuation bytes without a beginning",
    Buffer.from([0x0a, 0x80, 0x80]),
    { offset: 1, bytes: 2, kind: "no-newline" },
  ],
])("finds %s", async (_name, text, expected) => {
  expect(await find(text)).toEqual(expected);
});

test("agrees with the slow way on any bytes, however the reads come back", async () => {
  const bytes = fc
    .array(fc.constantFrom("{}\n", "\n", "\0", "{", "é", "a"), { maxLength: 30 })
    .map((parts) => Buffer.from(parts.join("")));
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat({ max: 3 }), fc.integer({ min: 1, max: 5 }), async (whole, cut, most) => {
      const input = whole.subarray(0, Math.max(0, whole.length - cut));
      const tail = await findTornTail(memory(input, most).readAt, input.length);
      const end = wholeEnd(input);
      expect(tail?.offset ?? input.length).toBe(end);
      expect(tail?.bytes ?? 0).toBe(input.length - end);
      expect(tail?.kind === "nul").toBe(input.subarray(end).includes(0));
    }),
    { numRuns: 400 },
  );
});

test("a border of its chunks at any place of the tail changes nothing", async () => {
  const chunk = 256 * 1024;
  for (let shift = -4; shift <= 4; shift++) {
    const tail = Buffer.alloc(chunk + shift, "x");
    const input = Buffer.concat([Buffer.from("{}\na\0\n"), tail]);
    expect(await find(input)).toEqual({ offset: 3, bytes: tail.length + 3, kind: "nul" });
    expect(await find(Buffer.concat([Buffer.from("{}\n"), tail]))).toMatchObject({ offset: 3, kind: "no-newline" });
  }
});

test("reads only back to the beginning of the last whole line", async () => {
  const input = Buffer.from(`${"{}\n".repeat(1_000_000)}{"half`);
  const { readAt, read } = memory(input);
  expect(await findTornTail(readAt, input.length)).toMatchObject({ offset: 3_000_000, bytes: 6 });
  expect(read()).toBeLessThanOrEqual(256 * 1024 + 4);
});

test("finds a sparse tail of 64 MiB of NULs", async () => {
  const path = join(await tempFolder(), "sparse.jsonl");
  await writeFile(path, "{}\n{");
  await truncate(path, 64 * 1024 * 1024);
  const handle = await open(path);
  try {
    const readAt: ReadAt = async (buffer, position) =>
      (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
    expect(await findTornTail(readAt, 64 * 1024 * 1024)).toEqual({
      offset: 3,
      bytes: 64 * 1024 * 1024 - 3,
      kind: "nul",
    });
  } finally {
    await handle.close();
  }
});
