import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPacker, hasPacking, type Packing, readChunks, readUnpacked, unpackChunks } from "../src/index.ts";
import { eventLines } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

async function all(chunks: AsyncIterable<Buffer>): Promise<{ bytes: Buffer; error: unknown }> {
  const parts: Buffer[] = [];
  try {
    for await (const chunk of chunks) parts.push(chunk);
    return { bytes: Buffer.concat(parts), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
}

const inChunksOf = (bytes: Buffer, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );

async function pack(packing: Packing, bytes: Uint8Array | string): Promise<Buffer> {
  const packer = createPacker(packing);
  packer.end(bytes);
  return (await all(packer)).bytes;
}

test.runIf(!hasPacking("zstd"))("where Node has no zstd, packing and unpacking say so by a code", async () => {
  expect(() => createPacker("zstd")).toThrow(expect.objectContaining({ code: "PLB_JSONL_NO_ZSTD" }));
  const path = join(await tempFolder(), "a.jsonl.zst");
  await writeFile(path, "packed elsewhere");
  expect(await all(readUnpacked(path))).toMatchObject({ error: { code: "PLB_JSONL_NO_ZSTD" } });
});

describe.each([
  { packing: "gzip", code: "PLB_JSONL_CORRUPT_GZIP", ending: ".gz" },
  { packing: "zstd", code: "PLB_JSONL_CORRUPT_ZSTD", ending: ".zst" },
] as const)("unpackChunks of $packing", ({ packing, code, ending }) => {
  test("gives back what was packed, in several members too, however it is cut", async ({ skip }) => {
    skip(!hasPacking(packing), "this Node has no zstd");
    const input = fc.tuple(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 50 }));
    await fc.assert(
      fc.asyncProperty(input, fc.integer({ min: 1, max: 700 }), async ([a, b], size) => {
        const { bytes, error } = await all(
          unpackChunks(inChunksOf(Buffer.concat([await pack(packing, a), await pack(packing, b)]), size), packing),
        );
        expect(error).toBeUndefined();
        expect(bytes.equals(Buffer.concat([a, b]))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("says so when the end is missing or a byte is wrong, after it has given what stood before", async ({ skip }) => {
    skip(!hasPacking(packing), "this Node has no zstd");
    // Random, so that it stays large: zstd gives what it has unpacked by the block of 128 KiB.
    const text = Buffer.from(eventLines(1, 2000).replaceAll("\n", () => `${randomBytes(300).toString("hex")}\n`));
    const packed = await pack(packing, text);
    const wrong = Buffer.from(packed);
    wrong.fill(0xff, packed.length - 400, packed.length - 300);
    for (const broken of [packed.subarray(0, packed.length - 1), packed.subarray(0, packed.length >> 1), wrong]) {
      const { bytes, error } = await all(unpackChunks(inChunksOf(broken, 512), packing));
      expect(error).toMatchObject({ code });
      expect(bytes.length).toBeGreaterThan(text.length / 4);
      expect(text.subarray(0, bytes.length >> 1).equals(bytes.subarray(0, bytes.length >> 1))).toBe(true);
    }
    expect(await all(unpackChunks(inChunksOf(Buffer.from("plain text"), 512), packing))).toMatchObject({
      error: { code },
    });
  });

  test("hands on what its source throws, and can be left early", async ({ skip }) => {
    skip(!hasPacking(packing), "this Node has no zstd");
    const packed = await pack(packing, "a");
    const failing = (async function* (): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 5);
      throw new Error("source");
    })();
    expect(await all(unpackChunks(failing, packing))).toMatchObject({ error: { message: "source" } });
    for await (const chunk of unpackChunks(inChunksOf(await pack(packing, Buffer.alloc(100_000)), 16), packing)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });

  test("is what a file's name says that it is packed by", async ({ skip }) => {
    skip(!hasPacking(packing), "this Node has no zstd");
    const path = join(await tempFolder(), `a.jsonl${ending}`);
    await writeFile(path, await pack(packing, "packed"));
    expect((await all(readUnpacked(path))).bytes.toString()).toBe("packed");
  });
});

test("a file is read as it is when its name says nothing", async () => {
  const path = join(await tempFolder(), "a.jsonl");
  await writeFile(path, "plain");
  expect((await all(readUnpacked(path))).bytes.toString()).toBe("plain");
});

test("every chunk is a buffer of its own", async () => {
  const path = join(await tempFolder(), "a");
  await writeFile(path, "aabbc");
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(path, { chunkBytes: 2 })) chunks.push(chunk);
  expect(chunks.map(String)).toEqual(["aa", "bb", "c"]);
  expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(3);
});
