import { open } from "node:fs/promises";
import { packingOf, readEvents, type StoredLine } from "@plumbline/jsonl";

const BLOCK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

export interface LastLinesOptions {
  /** How many; 0 for none, `Infinity` for all. */
  readonly count: number;
  /** Which lines count. */
  readonly accepts: (text: string) => boolean;
  /** Whether every line counts: only the end of a file needs to be read then. */
  readonly acceptsAll: boolean;
  readonly signal: AbortSignal;
}

/** The end of a file or journal. */
export interface LastLines {
  /** The last ones that count, in order. */
  readonly lines: readonly StoredLine[];
  /** The very last one, whether it counts or not: what comes after it is new. */
  readonly newest: StoredLine | undefined;
}

/** The end of a file. A last line that is not finished is left out, and so is what is no event. */
export async function lastLines(path: string, options: LastLinesOptions): Promise<LastLines> {
  const { count, accepts, acceptsAll, signal } = options;
  const isPacked = packingOf(path) !== undefined;
  const canSkip = (acceptsAll || count === 0) && !isPacked && Number.isFinite(count);
  const start = canSkip ? await offsetOfLastLines(path, Math.max(count, 1)) : 0;
  let lines: StoredLine[] = [];
  let newest: StoredLine | undefined;
  for await (const entries of readEvents(path, { start, signal, check: "shape" })) {
    for (const entry of entries) {
      if (entry.kind !== "line") continue;
      newest = entry;
      if (count > 0 && accepts(entry.text)) lines.push(entry);
    }
    if (lines.length > count * 2) lines = lines.slice(-count);
  }
  return { lines: count === 0 ? [] : lines.slice(-count), newest };
}

/** Where the last `count` lines of a file begin, looked for from its end in blocks; 0 when it has fewer. */
async function offsetOfLastLines(path: string, count: number): Promise<number> {
  const handle = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
    // The line feed before the first of them is what is looked for; the last line's own does not count.
    let left = count + 1;
    for (let end = (await handle.stat()).size; end > 0;) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, end - start, start);
      const block = buffer.subarray(0, bytesRead);
      for (
        let feed = block.lastIndexOf(LINE_FEED);
        feed >= 0;
        feed = feed === 0 ? -1 : block.lastIndexOf(LINE_FEED, feed - 1)
      ) {
        left -= 1;
        if (left === 0) return start + feed + 1;
      }
      end = start;
    }
    return 0;
  } finally {
    await handle.close();
  }
}
