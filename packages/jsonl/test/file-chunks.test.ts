import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gunzipChunks, readChunks, readUnpacked } from "../src/index.ts";
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

describe("gunzipChunks", () => {
  test("gives back what was packed, in several members too, however it is cut", async () => {
    const input = fc.tuple(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 50 }));
    await fc.assert(
      fc.asyncProperty(input, fc.integer({ min: 1, max: 700 }), async ([a, b], size) => {
        const { bytes, error } = await all(gunzipChunks(inChunksOf(Buffer.concat([gzipSync(a), gzipSync(b)]), size)));
        expect(error).toBeUndefined();
        expect(bytes.equals(Buffer.concat([a, b]))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("says so when the end is missing or a byte is wrong, after it has given what stood before", async () => {
    const text = Buffer.from(eventLines(1, 3000));
    const packed = gzipSync(text);
    const wrong = Buffer.from(packed);
    wrong.fill(0xff, packed.length - 400, packed.length - 300);
    for (const broken of [packed.subarray(0, packed.length - 1), packed.subarray(0, packed.length >> 1), wrong]) {
      const { bytes, error } = await all(gunzipChunks(inChunksOf(broken, 512)));
      expect(error).toMatchObject({ code: "PLB_JSONL_CORRUPT_GZIP" });
      expect(bytes.length).toBeGreaterThan(text.length / 4);
      expect(text.subarray(0, bytes.length >> 1).equals(bytes.subarray(0, bytes.length >> 1))).toBe(true);
    }
    expect(await all(gunzipChunks(inChunksOf(Buffer.from("plain text"), 512)))).toMatchObject({
      error: { code: "PLB_JSONL_CORRUPT_GZIP" },
    });
  });

  test("hands on what its source throws, and can be left early", async () => {
    const failing = (async function* (): AsyncGenerator<Buffer> {
      yield gzipSync("a").subarray(0, 5);
      throw new Error("source");
    })();
    expect(await all(gunzipChunks(failing))).toMatchObject({ error: { message: "source" } });
    for await (const chunk of gunzipChunks(inChunksOf(gzipSync(Buffer.alloc(100_000)), 16))) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

test("a file is unpacked when its name says that it is packed", async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, "a.jsonl.gz"), gzipSync("packed"));
  await writeFile(join(folder, "a.jsonl"), "plain");
  expect((await all(readUnpacked(join(folder, "a.jsonl.gz")))).bytes.toString()).toBe("packed");
  expect((await all(readUnpacked(join(folder, "a.jsonl")))).bytes.toString()).toBe("plain");
});

test("every chunk is a buffer of its own", async () => {
  const path = join(await tempFolder(), "a");
  await writeFile(path, "aabbc");
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(path, { chunkBytes: 2 })) chunks.push(chunk);
  expect(chunks.map(String)).toEqual(["aa", "bb", "c"]);
  expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(3);
});
