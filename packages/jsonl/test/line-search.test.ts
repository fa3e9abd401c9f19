import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareIds, type RawLine, type ReadAt } from "../src/index.ts";
import { readLines } from "../src/line-reader.ts";
import { findOffsetNear, idAt } from "../src/line-search.ts";
import { peekEventId } from "../src/line-id.ts";
import { collect, EPOCHS, eventLine } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";

test("finds a place at most one near stretch before the line after any id", async () => {
  const path = join(await tempFolder(), "journal.jsonl");
  // Two epochs, lines without an id in between, and lines longer than a probe.
  let text = "";
  for (const epoch of [EPOCHS[0], EPOCHS[2]]) {
    for (let seq = 1; seq <= 2000; seq++) {
      text += `${eventLine(seq, epoch, seq % 97 === 0 ? 20_000 : seq % 5)}\n`;
      if (seq % 13 === 0) text += '{"time":"without an id"}\n\n';
    }
  }
  await writeFile(path, text);
  const lines = await collect(readLines(path));
  const handle = await open(path);
  const readAt: ReadAt = async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  try {
    const id = fc.record({ epoch: fc.constantFrom(...EPOCHS), seq: fc.integer({ min: 1, max: 2100 }) });
    await fc.assert(
      fc.asyncProperty(id, async (after) => {
        const isAfter = (line: RawLine): boolean => {
          const lineId = peekEventId(line.text);
          return lineId !== undefined && compareIds(lineId, after) > 0;
        };
        const expected = lines.find(isAfter)?.offset ?? text.length;
        const found = await findOffsetNear(readAt, text.length, after);
        expect(lines.some((line) => line.offset === found)).toBe(true);
        expect(found).toBeLessThanOrEqual(expected);
        expect(expected - found).toBeLessThan(128 * 1024);
      }),
      { numRuns: 60 },
    );
    expect(await idAt(readAt, 0)).toEqual({ epoch: EPOCHS[0], seq: 1 });
    expect(await idAt(readAt, 1)).toBeUndefined();
    expect(await idAt(readAt, text.length)).toBeUndefined();
  } finally {
    await handle.close();
  }
});
