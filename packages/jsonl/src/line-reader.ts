import type { FileHandle } from "node:fs/promises";
import { readChunks, type ReadChunksOptions } from "./file-chunks.ts";
import { LineSplitter, type LineSplitterOptions } from "./line-splitter.ts";
import type { RawLine } from "./raw-line.ts";

/** Where lines come from: a path, an open file, or bytes from anywhere (standard input, an unpacked archive). */
export type LineSource = string | FileHandle | AsyncIterable<Uint8Array>;

/** Options of {@link readLines}. What stands before `start` in a source that is no file is read and dropped. */
export interface ReadLinesOptions extends Pick<LineSplitterOptions, "lineEnd" | "maxLineBytes">, ReadChunksOptions {}

/** What one step of the splitter takes, so that a batch stays bounded whatever a source hands over at once. */
const STEP_BYTES = 256 * 1024;

/**
 * The lines of a source of any size, in order, in batches, in constant memory. A last line without an end is given too,
 * with an empty `terminator`. Lines joined with their terminators are the input exactly, but for the rest of those that
 * are `too-long`.
 *
 * Throws `PLB_JSONL_READ_FAILED` when a file cannot be read, and what the source throws; never for what lines hold.
 */
export async function* readLines(
  source: LineSource,
  options: ReadLinesOptions = {},
): AsyncGenerator<readonly RawLine[], void, undefined> {
  const isFile = typeof source === "string" || !(Symbol.asyncIterator in source);
  const splitter = new LineSplitter({ ...options, startOffset: options.start ?? 0 });
  let toDrop = isFile ? 0 : (options.start ?? 0);
  for await (const chunk of isFile ? readChunks(source, options) : source) {
    options.signal?.throwIfAborted();
    const dropped = Math.min(toDrop, chunk.length);
    toDrop -= dropped;
    for (let from = dropped; from < chunk.length; from += STEP_BYTES) {
      const isOneStep = from === 0 && chunk.length <= STEP_BYTES;
      const lines = splitter.push(isOneStep ? chunk : chunk.subarray(from, from + STEP_BYTES));
      if (lines.length > 0) yield lines;
    }
  }
  const last = splitter.finish();
  if (last !== undefined) yield [last];
}
