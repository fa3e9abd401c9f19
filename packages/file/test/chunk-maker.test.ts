import { expect, test } from "vitest";
import { Chunk } from "../src/chunk.ts";
import { ChunkMaker } from "../src/chunk-maker.ts";

test.each([
  ["nobody reads", () => false, 2],
  ["all who read keep up", () => true, 8],
  ["somebody who reads is behind", (count: number) => count === Number.POSITIVE_INFINITY, 8],
])("where %s, the last chunks are kept, and no more than a few", (_, isReadWithin, kept) => {
  const maker = new ChunkMaker(isReadWithin);
  const chunks = Array.from({ length: 20 }, () => new Chunk());
  for (const chunk of chunks) maker.recycle(chunk);
  // One that is given up has no memory any more.
  expect(chunks.map((chunk) => chunk.bytes.length > 0)).toEqual(chunks.map((_chunk, at) => at >= 20 - kept));
});
