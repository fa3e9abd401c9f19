import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "../src/index.ts";
import { collect } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

const TEXT = "first\nzweite é\r\n\nlast";

test.each([1, 2, 3, 7, 4096])(
  "a path, an open file and a stream give the same lines, in chunks of %i bytes",
  async (chunkBytes) => {
    const path = join(await tempFolder(), "lines.txt");
    await writeFile(path, TEXT);
    const handle = await open(path);
    try {
      const expected = [
        [0, "first", "\n"],
        [6, "zweite é\r", "\n"],
        [17, "", "\n"],
        [18, "last", ""],
      ];
      const bytes = Buffer.from(TEXT);
      const stream = Readable.from(
        Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
          bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes),
        ),
      );
      for (const source of [path, handle, stream]) {
        const lines = await collect(readLines(source, { chunkBytes }));
        expect(lines.map((line) => [line.offset, line.text, line.terminator])).toEqual(expected);
      }
    } finally {
      await handle.close();
    }
  },
);

test("it begins where it is told to, in a file and in a stream, and says so in the offsets", async () => {
  const path = join(await tempFolder(), "lines.txt");
  await writeFile(path, TEXT);
  for (const source of [path, Readable.from([Buffer.from(TEXT.slice(0, 4)), Buffer.from(TEXT.slice(4))])]) {
    const lines = await collect(readLines(source, { start: 6, lineEnd: "lf-or-crlf" }));
    expect(lines.map((line) => [line.offset, line.text])).toEqual([
      [6, "zweite é"],
      [17, ""],
      [18, "last"],
    ]);
  }
});

test("an empty file has no lines, and one that only ends lines has empty ones", async () => {
  const path = join(await tempFolder(), "lines.txt");
  await writeFile(path, "");
  expect(await collect(readLines(path))).toEqual([]);
  await writeFile(path, "\n\n");
  expect((await collect(readLines(path))).map((line) => [line.offset, line.size])).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test("a sparse file of 64 MiB that is one line is read through, and held up to the limit alone", async () => {
  const path = join(await tempFolder(), "sparse");
  await writeFile(path, "a\n");
  await truncate(path, 64 * 1024 ** 2);
  const lines = await collect(readLines(path, { maxLineBytes: 64, chunkBytes: 1024 * 1024 }));
  expect(lines.map((line) => [line.size, line.problem])).toEqual([
    [1, undefined],
    [64 * 1024 ** 2 - 2, "too-long"],
  ]);
});

test("a chunk of any size is taken in bounded steps", async () => {
  const sizes: number[] = [];
  for await (const batch of readLines(Readable.from([Buffer.alloc(1024 * 1024, "\n")]))) sizes.push(batch.length);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1024 * 1024);
  expect(Math.max(...sizes)).toBe(256 * 1024);
});

test("a file that is not there, and a folder, are refused with a code", async () => {
  const folder = await tempFolder();
  await expect(collect(readLines(join(folder, "none")))).rejects.toMatchObject({
    code: "PLB_JSONL_READ_FAILED",
    details: { code: "ENOENT" },
  });
  await expect(collect(readLines(folder))).rejects.toMatchObject({
    code: "PLB_JSONL_READ_FAILED",
    details: { code: "EISDIR" },
  });
});

test("an aborted signal ends the reading", async () => {
  const path = join(await tempFolder(), "lines.txt");
  await writeFile(path, "a\n".repeat(1000));
  const abort = new AbortController();
  const seen: number[] = [];
  const reading = (async (): Promise<void> => {
    for await (const batch of readLines(path, { chunkBytes: 100, signal: abort.signal })) {
      seen.push(batch.length);
      if (seen.length === 2) abort.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  expect(seen).toEqual([50, 50]);
});
